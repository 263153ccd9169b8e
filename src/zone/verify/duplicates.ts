import type { ConfigNode } from '../config/zone-config.ts'
import type { ResourceType } from '../schema/resource-type.ts'

/** The key that two resources of a type share, as `id=0`; undefined if they can be told apart. */
export function sharedKey(type: ResourceType, one: ConfigNode, other: ConfigNode): string | undefined {
  const key = type.keys.find((name) => {
    const value = one.values[name]
    return value !== undefined && value !== 'auto' && value !== 'random' && value === other.values[name]
  })
  return key === undefined ? undefined : `${key}=${one.values[key]}`
}
