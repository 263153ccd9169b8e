import { effectiveValue, type Naming } from './config/effective.ts'
import { type ConfigNode, childrenOf, type ZoneConfig } from './config/zone-config.ts'
import type { ResourceType } from './schema/resource-type.ts'
import { zoneType } from './schema/zone-type.ts'
import { formatSuri } from './suri/format-suri.ts'
import { parseSuri } from './suri/parse-suri.ts'

/** A property that has to be the same on both hosts for a migration, as it acts. */
export interface MustMatchProperty {
  /** Such as `capped-memory:physical` or `anet[id=0]:vlan[vlan-id=7]:vlan-id`. */
  readonly path: string
  readonly value: string
}

/**
 * Every property of a configuration that must match for a migration, as the schema says ("About Migration and Compatible
 * Configurations" of the kernel zones book). Defaults count as values, so that unset and default are equal.
 */
export function mustMatchProperties(config: ZoneConfig, naming: Naming): MustMatchProperty[] {
  const ofGlobal = zoneType.properties
    .filter(({ match, name }) => match && name !== 'zonename')
    .flatMap(({ name }) => entry(zoneType, config, name, name, naming))
  return [
    { path: 'zonename', value: naming.zonename },
    ...ofGlobal,
    ...ofChildren(zoneType, config, '', naming),
  ]
}

/** The must-match properties of one resource and its sub-resources; `prefix` comes before each path. */
export function resourceProperties(
  type: ResourceType,
  node: ConfigNode,
  prefix: string,
  naming: Naming,
): MustMatchProperty[] {
  const own = type.properties
    .filter(({ match }) => match)
    .flatMap(({ name }) => entry(type, node, name, `${prefix}${name}`, naming))
  return [...own, ...ofChildren(type, node, prefix, naming)]
}

function ofChildren(
  type: ResourceType,
  node: ConfigNode,
  prefix: string,
  naming: Naming,
): MustMatchProperty[] {
  return type.children.flatMap((childType) => {
    const found = childrenOf(node, childType.name)
    // A resource that is missing acts as one without any property set.
    const absent: ConfigNode = { type: childType.name, values: {}, children: [] }
    const nodes = childType.count === 'one' && found.length === 0 ? [absent] : found
    // Two of one key, as with mac-address=auto, are told apart by number.
    const isOnly = (name: string, value: string | undefined) =>
      value !== undefined && nodes.filter(({ values }) => values[name] === value).length === 1
    return nodes.flatMap((child, index) => {
      const key = childType.keys.find((name) => isOnly(name, child.values[name]))
      const which =
        childType.count === 'one' ? '' : key === undefined ? `[${index}]` : `[${key}=${child.values[key]}]`
      return resourceProperties(childType, child, `${prefix}${childType.name}${which}:`, naming)
    })
  })
}

function entry(
  type: ResourceType,
  node: ConfigNode,
  name: string,
  path: string,
  naming: Naming,
): MustMatchProperty[] {
  // An automatic MAC address is compared as the address that the guest knows.
  if (name === 'auto-mac-address') return []
  const value = effectiveValue(type, node, name, naming)
  if (value === undefined) return []
  const generated =
    name === 'mac-address' && /^(auto|random)$/.test(value) ? node.values['auto-mac-address'] : undefined
  const canonical = name === 'storage' ? formatSuri(parseSuri(value)) : value
  return [{ path, value: generated ?? canonical }]
}
