import { type ConfigNode, withChildren, withValue, type ZoneConfig } from '../config/zone-config.ts'
import { parseExport } from '../parse-export.ts'
import { findChild } from '../schema/resource-type.ts'
import { zoneType } from '../schema/zone-type.ts'
import { newHostid, withMacAddress } from './generate.ts'

/** What `create` without options takes. */
export const defaultTemplate = 'SYSdefault'

/**
 * Solaris puts the boot disk onto a volume of its root pool. Here it is a file among the zone's own state: that needs
 * nothing but a file system, and `set storage=` puts it elsewhere.
 */
const bootStorage = 'file:///var/lib/zones/%{zonename}/disk%{id}'

function kernelZone(ncpus: number, physical: string): string {
  return [
    'create -b',
    'set brand=solaris-kz',
    'set host-compatible=memlzr',
    'add anet',
    'set lower-link=auto',
    'set configure-allowed-address=true',
    'set link-protection=mac-nospoof',
    'set mac-address=auto',
    'set iov=off',
    'set lro=auto',
    'set id=0',
    'end',
    'add device',
    `set storage=${bootStorage}`,
    'set id=0',
    'set bootpri=0',
    'end',
    'add capped-memory',
    `set physical=${physical}`,
    'set pagesize-policy=largest-available',
    'end',
    'add virtual-cpu',
    `set ncpus=${ncpus}`,
    'end',
  ].join('\n')
}

/** The templates that every host has, as exported configurations. A site's own are files of the same form. */
export const builtInTemplates: ReadonlyMap<string, string> = new Map([
  [defaultTemplate, kernelZone(4, '4G')],
  ['SYSsolaris-kz', kernelZone(4, '4G')],
  ['SYSsolaris-kz-minimal', kernelZone(1, '2G')],
])

/**
 * A new zone's configuration from a template or from the configuration of another zone: with an identity of its own,
 * that is a new host id, new MAC addresses and no key.
 *
 * @throws {ZoneError} if the text is no exported configuration
 */
export function instantiate(text: string, randomBytes: (count: number) => Uint8Array): ZoneConfig {
  const config = parseExport(text)
  const children = config.children
    .filter(({ type }) => type !== 'keysource')
    .map((node) => freshNode(node, randomBytes))
  return withValue(withChildren(zoneType, config, children), 'hostid', newHostid(randomBytes))
}

function freshNode(node: ConfigNode, randomBytes: (count: number) => Uint8Array): ConfigNode {
  const type = findChild(zoneType, node.type)
  if (type === undefined) return node
  const children = node.children.map((child) => {
    const childType = findChild(type, child.type)
    return childType
      ? withMacAddress(childType, withValue(child, 'auto-mac-address', undefined), randomBytes)
      : child
  })
  const fresh = withMacAddress(type, withValue(node, 'auto-mac-address', undefined), randomBytes)
  return { ...fresh, children }
}
