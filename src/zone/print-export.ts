import type { ConfigNode, ZoneConfig } from './config/zone-config.ts'
import { findChild, type ResourceType } from './schema/resource-type.ts'
import { zoneType } from './schema/zone-type.ts'

/**
 * The configuration as commands that make it anew (`zonecfg export`), in canonical form: equal configurations print the
 * same text, and `parseExport()` reads it back without loss.
 */
export function printExport(config: ZoneConfig): string {
  return `${['create -b', ...settings(zoneType, config), ...children(zoneType, config)].join('\n')}\n`
}

/**
 * The same without the key of the zone, which is nobody else's to read; a comment says so if there is one.
 *
 * @see printExport
 */
export function printWithoutKey(config: ZoneConfig): string {
  const others = config.children.filter(
    ({ type, values }) => type !== 'keysource' || values['uri'] !== undefined,
  )
  const text = printExport({ ...config, children: others })
  return others.length === config.children.length ? text : `${keyLeftOut}\n${text}`
}

const keyLeftOut = '# The key of the zone (keysource) is left out; "export -k" includes it.'

function children(type: ResourceType, node: ConfigNode): string[] {
  return node.children.flatMap((child) => {
    const childType = findChild(type, child.type)
    if (childType === undefined) return []
    return [`add ${child.type}`, ...settings(childType, child), ...children(childType, child), 'end']
  })
}

function settings(type: ResourceType, node: ConfigNode): string[] {
  return type.properties.flatMap(({ name }) => {
    const value = node.values[name]
    return value === undefined ? [] : [`set ${name}=${quote(value)}`]
  })
}

/** Puts a value into quotes if it would not be read as one word otherwise. */
function quote(value: string): string {
  if (/^[^\s;"#[(][^\s;"]*$/u.test(value)) return value
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
