import { ZoneError } from '../../errors.ts'
import { type ConfigNode, childrenOf, withChildren, withValue } from '../config/zone-config.ts'
import { findProperty, type ResourceType } from '../schema/resource-type.ts'
import { zoneType } from '../schema/zone-type.ts'
import { sharedKey } from '../verify/duplicates.ts'
import { checkResource } from '../verify/resource-rules.ts'
import { article } from './article.ts'
import { type EditContext, type Editing, scope, withScope } from './editing.ts'
import { withMacAddress } from './generate.ts'

/**
 * `end`: puts the open resource into what holds it. Gives it the lowest free number and a MAC address where it needs
 * them.
 *
 * @throws {ZoneError} RESOURCE_INCOMPLETE or RESOURCE_EXISTS
 */
export function finishResource(editing: Editing, context: EditContext): Editing {
  const current = editing.open.at(-1)
  if (current === undefined) throw new ZoneError('end: no resource is open', { code: 'WRONG_SCOPE' })
  const outside: Editing = { ...editing, open: editing.open.slice(0, -1) }
  const parent = scope(outside)
  const { type, replaces } = current
  const siblings = childrenOf(parent.node, type.name).filter((node) => node !== replaces)
  const numbered = withNumber(type, current.node, siblings)
  const node =
    context.randomBytes === undefined ? numbered : withMacAddress(type, numbered, context.randomBytes)
  refuseIncomplete(type, node)
  for (const sibling of siblings) {
    const key = sharedKey(type, node, sibling)
    if (key !== undefined) {
      throw new ZoneError(`${article(type.name)} ${type.name} resource with ${key} exists already`, {
        code: 'RESOURCE_EXISTS',
        remedy: `Change the value, or "cancel" and then "select ${type.name} ${key}"`,
      })
    }
  }
  const children =
    replaces === undefined
      ? [...parent.node.children, node]
      : parent.node.children.map((child) => (child === replaces ? node : child))
  return withScope(outside, withChildren(parent.type, parent.node, children))
}

function withNumber(type: ResourceType, node: ConfigNode, siblings: readonly ConfigNode[]): ConfigNode {
  const { numbered } = type
  if (numbered === undefined || node.values[numbered] !== undefined) return node
  const taken = new Set(siblings.map((sibling) => sibling.values[numbered]))
  let number = 0
  while (taken.has(String(number))) number += 1
  // The schema knows how many the machine has room for.
  return withValue(node, numbered, findProperty(type, numbered)?.kind.canonical(String(number)))
}

function refuseIncomplete(type: ResourceType, node: ConfigNode): void {
  const [first] = checkResource(type, node)
  if (first === undefined || type === zoneType) return
  throw new ZoneError(first.message, {
    code: 'RESOURCE_INCOMPLETE',
    ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
  })
}
