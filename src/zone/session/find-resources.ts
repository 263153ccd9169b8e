import { ZoneError } from '../../errors.ts'
import { checkValue } from '../config/check-value.ts'
import { effectiveValue, type Naming, tokenValues } from '../config/effective.ts'
import { type ConfigNode, childrenOf } from '../config/zone-config.ts'
import type { Selector } from '../language/command.ts'
import { locate } from '../language/script-error.ts'
import type { Value } from '../language/statement.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { requireProperty } from './editing.ts'

/**
 * The resources that a selector picks; all of the type if it names none in particular.
 *
 * @param parent whatever holds the resources
 * @param type the type of the resources
 * @throws {ZoneError} if a property or value is not valid for the type
 */
export function findResources(
  parent: ConfigNode,
  type: ResourceType,
  selector: Selector,
  naming: Naming,
): ConfigNode[] {
  const all = childrenOf(parent, type.name)
  if (selector.index !== undefined) return all.slice(selector.index, selector.index + 1)
  return all.filter((node) =>
    selector.criteria.every(({ property: name, value, offset }) => {
      try {
        const property = requireProperty(type, name)
        const wanted = checkValue(property, value, tokenValues(naming, node))
        return (
          wanted === (node.values[name] ?? property.default) ||
          wanted === effectiveValue(type, node, name, naming)
        )
      } catch (error) {
        throw locate(error, offset)
      }
    }),
  )
}

/**
 * The one resource that a selector picks.
 *
 * @throws {ZoneError} RESOURCE_NOT_FOUND or RESOURCE_AMBIGUOUS
 */
export function findResource(
  parent: ConfigNode,
  type: ResourceType,
  selector: Selector,
  naming: Naming,
): ConfigNode {
  const [found, second] = findResources(parent, type, selector, naming)
  if (found === undefined) {
    throw new ZoneError(`No ${type.name} resource${describe(selector)} in the configuration`, {
      code: 'RESOURCE_NOT_FOUND',
      remedy: `See "info ${type.name}"; "add ${type.name}" makes a new one`,
    })
  }
  if (second !== undefined) {
    throw new ZoneError(`More than one ${type.name} resource${describe(selector)}`, {
      code: 'RESOURCE_AMBIGUOUS',
      remedy: `Pick one by property${type.keys[0] === undefined ? '' : ` (${type.name} ${type.keys[0]}=…)`} or number (${type.name} 0)`,
    })
  }
  return found
}

function describe({ index, criteria }: Selector): string {
  if (index !== undefined) return ` number ${index}`
  return criteria.length === 0
    ? ''
    : ` with ${criteria.map((one) => `${one.property}=${written(one.value)}`).join(' ')}`
}

function written(value: Value): string {
  if (value.kind === 'simple') return value.text
  if (value.kind === 'list') return `[${value.items.join(',')}]`
  return `(${value.fields.map((field) => field.join('=')).join(',')})`
}
