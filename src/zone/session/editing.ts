import { ZoneError } from '../../errors.ts'
import type { Naming } from '../config/effective.ts'
import type { ConfigNode, ZoneConfig } from '../config/zone-config.ts'
import { nearest } from '../nearest.ts'
import { foreignName, isForeign } from '../schema/other-brands.ts'
import type { Property } from '../schema/property.ts'
import { findChild, findProperty, type ResourceType } from '../schema/resource-type.ts'
import { zoneType } from '../schema/zone-type.ts'

/** A resource that is open: between `add` or `select` and `end`. */
export interface OpenResource {
  readonly type: ResourceType
  readonly node: ConfigNode
  /** The resource that it takes the place of at `end`; undefined for a new one. */
  readonly replaces: ConfigNode | undefined
}

/** A configuration that is being changed. */
export interface Editing {
  readonly config: ZoneConfig
  /** From the outermost inwards. */
  readonly open: readonly OpenResource[]
}

/** What changes depend on besides the configuration. */
export interface EditContext {
  readonly naming: Naming
  /** Only changes that act on a running zone are allowed. */
  readonly live: boolean
  /** The zone has not been saved yet. */
  readonly isNew: boolean
  /** Makes up MAC addresses; without it they stay `auto`. */
  readonly randomBytes: ((count: number) => Uint8Array) | undefined
}

/** What commands refer to now: the open resource, or the zone. */
export function scope({ config, open }: Editing): { readonly type: ResourceType; readonly node: ConfigNode } {
  return open.at(-1) ?? { type: zoneType, node: config }
}

/** A copy in which what is in scope is replaced. */
export function withScope(editing: Editing, node: ConfigNode): Editing {
  const current = editing.open.at(-1)
  if (current === undefined) return { ...editing, config: node }
  return { ...editing, open: [...editing.open.slice(0, -1), { ...current, node }] }
}

/**
 * The property of that name in scope.
 *
 * @throws {ZoneError} UNKNOWN_NAME or BRAND_UNSUPPORTED
 */
export function requireProperty(type: ResourceType, name: string): Property {
  const property = findProperty(type, name)
  if (property === undefined) throw unknownName(type, name, 'property')
  return property
}

/**
 * The resource type of that name in scope.
 *
 * @throws {ZoneError} UNKNOWN_NAME or BRAND_UNSUPPORTED
 */
export function requireChild(type: ResourceType, name: string): ResourceType {
  const child = findChild(type, name)
  if (child === undefined) throw unknownName(type, name, 'resource')
  return child
}

/** The refusal of a name, with the one that was probably meant. */
export function unknownName(
  type: ResourceType,
  name: string,
  what: 'property' | 'resource' | 'either',
): ZoneError {
  if (isForeign(name)) return foreignName(name)
  const properties = type.properties.map((property) => property.name)
  const children = type.children.map((child) => child.name)
  const valid =
    what === 'property' ? properties : what === 'resource' ? children : [...children, ...properties]
  const meant = nearest(name, valid)
  const kinds = { property: 'a property', resource: 'a resource type', either: 'a resource type or property' }
  const where = type === zoneType ? 'the zone' : `"${type.name}"`
  return new ZoneError(`"${name}" is not ${kinds[what]} of ${where}`, {
    code: 'UNKNOWN_NAME',
    remedy: meant === undefined ? misplaced(type, name, valid) : `Did you mean "${meant}"?`,
  })
}

function misplaced(type: ResourceType, name: string, valid: readonly string[]): string {
  const owner = zoneType.children.find((child) => findProperty(child, name) ?? findChild(child, name))
  if (type === zoneType && owner !== undefined)
    return `It belongs into "${owner.name}": first "add ${owner.name}" or "select ${owner.name}"`
  if (type !== zoneType && (findProperty(zoneType, name) ?? findChild(zoneType, name))) {
    return `It belongs to the zone: first "end" or "cancel" the ${type.name}`
  }
  return valid.length === 0 ? 'There are none here' : `Valid here: ${valid.join(', ')}`
}
