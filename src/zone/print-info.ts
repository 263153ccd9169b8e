import { effectiveValue, type Naming } from './config/effective.ts'
import { type ConfigNode, childrenOf, type ZoneConfig } from './config/zone-config.ts'
import type { Property } from './schema/property.ts'
import type { ResourceType } from './schema/resource-type.ts'
import { hasTokens } from './schema/tokens.ts'
import { zoneType } from './schema/zone-type.ts'

const indentation = ' '.repeat(8)

/** The whole configuration, as `info` shows it. */
export function printInfo(config: ZoneConfig, naming: Naming): string[] {
  const globals = zoneType.properties
    .filter(({ name, shown }) => shown === 'always' || config.values[name] !== undefined)
    .flatMap((property) => globalLines(config, property, naming))
  const resources = zoneType.children.flatMap((type) =>
    resourceLines(type, childrenOf(config, type.name), config, naming, ''),
  )
  return [...globals, ...resources]
}

/**
 * Resources of one type. They are numbered (`anet 0:`) when their parent has several of the type, as in 11.4; a
 * single one has no number, as in 11.3.
 *
 * @param nodes those to show, of the children of `parent`
 */
export function resourceLines(
  type: ResourceType,
  nodes: readonly ConfigNode[],
  parent: ConfigNode,
  naming: Naming,
  indent: string,
): string[] {
  const all = childrenOf(parent, type.name)
  return nodes.flatMap((node) => {
    const number = all.length > 1 ? ` ${all.indexOf(node)}` : ''
    return [`${indent}${type.name}${number}:`, ...bodyLines(type, node, naming, indent + indentation)]
  })
}

/** The properties and sub-resources of an open resource. */
export function bodyLines(type: ResourceType, node: ConfigNode, naming: Naming, indent: string): string[] {
  const own = type.properties
    .filter(({ name, shown }) => shown === 'always' || node.values[name] !== undefined)
    .flatMap((property) => propertyLines(type, node, property, naming).map((line) => indent + line))
  const children = type.children.flatMap((child) =>
    resourceLines(child, childrenOf(node, child.name), node, naming, indent),
  )
  return [...own, ...children]
}

/** One property of a resource: `name: value`, or `name not specified`. */
export function propertyLines(
  type: ResourceType,
  node: ConfigNode,
  property: Property,
  naming: Naming,
): string[] {
  const { name, secret, tokens } = property
  const stored = node.values[name]
  const value = effectiveValue(type, node, name, naming)
  if (value === undefined) return [`${name} not specified`]
  if (secret) return [`${name} redacted`]
  const template =
    stored !== undefined && tokens.length > 0 && hasTokens(stored) ? [`${name}.template: ${stored}`] : []
  return [...template, `${name}: ${value}`]
}

/** One global property: `name: value`, or `name:` if it is unset. */
export function globalLines(config: ZoneConfig, property: Property, naming: Naming): string[] {
  const value =
    property.name === 'zonename' ? naming.zonename : effectiveValue(zoneType, config, property.name, naming)
  return [value === undefined || value === '' ? `${property.name}:` : `${property.name}: ${value}`]
}
