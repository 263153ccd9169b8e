import { effectiveValue, type Naming } from '../config/effective.ts'
import { type ConfigNode, childrenOf, type ZoneConfig } from '../config/zone-config.ts'
import { findChild, type ResourceType } from '../schema/resource-type.ts'
import { zoneType } from '../schema/zone-type.ts'
import { formatSuri } from '../suri/format-suri.ts'
import { parseSuri } from '../suri/parse-suri.ts'
import { sharedKey } from './duplicates.ts'
import { error, type Finding } from './finding.ts'
import { notOfThisRelease } from './not-of-this-release.ts'
import { checkResource } from './resource-rules.ts'

/**
 * Checks a whole configuration (`verify`): every error, and a warning for each property that this release stores but
 * does not act on.
 */
export function verifyConfig(config: ZoneConfig, naming: Naming): Finding[] {
  return [
    ...checkTree(zoneType, config),
    ...wholeZone.flatMap((rule) => rule(config, naming)),
    ...storedOnly(zoneType, config, ''),
    ...notOfThisRelease(config, naming),
  ]
}

function checkTree(type: ResourceType, node: ConfigNode): Finding[] {
  const ofChildren = node.children.flatMap((child) => {
    const childType = findChild(type, child.type)
    return childType === undefined ? [] : checkTree(childType, child)
  })
  return [...checkResource(type, node), ...duplicates(type, node), ...ofChildren]
}

function duplicates(type: ResourceType, node: ConfigNode): Finding[] {
  return type.children.flatMap((childType) => {
    const all = childrenOf(node, childType.name)
    return all.flatMap((one, index) => {
      const keys = all.slice(index + 1).flatMap((other) => sharedKey(childType, one, other) ?? [])
      return keys.map((key) => error(`${childType.name}: two resources have ${key}`))
    })
  })
}

type ZoneRule = (config: ZoneConfig, naming: Naming) => Finding[]

const wholeZone: readonly ZoneRule[] = [needsMemory, needsBootDevice, noNetAddress, ownStorage, ownMacAddress]

function needsMemory(config: ZoneConfig): Finding[] {
  if (childrenOf(config, 'capped-memory').length > 0) return []
  return [error('capped-memory: the zone has no memory', 'add capped-memory; set physical=4G; end')]
}

function needsBootDevice(config: ZoneConfig): Finding[] {
  const devices = childrenOf(config, 'device')
  if (devices.some(({ values }) => values.bootpri !== undefined)) return []
  const [first] = devices
  const remedy =
    first === undefined
      ? 'add device; set storage=…; set bootpri=0; end'
      : `select device id=${first.values.id ?? '0'}; set bootpri=0; end`
  return [error('device: no device has a bootpri, so the zone cannot boot', remedy)]
}

/** Worded as Solaris does. */
function noNetAddress(config: ZoneConfig): Finding[] {
  return childrenOf(config, 'net')
    .filter(({ values }) => values.address !== undefined)
    .map(() =>
      error('net: address cannot be specified if ip-type = exclusive', 'select net; clear address; end'),
    )
}

function ownStorage(config: ZoneConfig, naming: Naming): Finding[] {
  const disks = storageOf('device', config, naming)
  const overwritten = storageOf('suspend', config, naming).filter((uri) => disks.includes(uri))
  return [
    ...repeated(disks).map((uri) => error(`device: two devices have the storage "${uri}"`)),
    ...overwritten.map((uri) =>
      error(
        `suspend: a device has the storage "${uri}", and the suspend image would overwrite its disk`,
        'select suspend; set storage=…; end',
      ),
    ),
  ]
}

function storageOf(resource: 'device' | 'suspend', config: ZoneConfig, naming: Naming): string[] {
  const type = findChild(zoneType, resource)
  return childrenOf(config, resource).flatMap((node) => {
    const storage = type && effectiveValue(type, node, 'storage', naming)
    return storage === undefined ? [] : [formatSuri(parseSuri(storage))]
  })
}

function ownMacAddress(config: ZoneConfig): Finding[] {
  const nics = ['anet', 'net'].flatMap((type) => childrenOf(config, type))
  const addresses = nics.flatMap(({ values }) => {
    const wanted = values['mac-address'] ?? 'auto'
    const address = /^(auto|random)$/.test(wanted) ? values['auto-mac-address'] : wanted
    return address === undefined ? [] : [address]
  })
  return repeated(addresses).map((address) => error(`anet, net: two NICs have the MAC address "${address}"`))
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}

/** Properties that are set to something else than their default and that this release does not act on. */
function storedOnly(type: ResourceType, node: ConfigNode, path: string): Finding[] {
  const own = type.properties
    .filter(
      ({ name, effect, default: byDefault }) =>
        effect === 'stored' && (node.values[name] ?? byDefault) !== byDefault,
    )
    .map(
      ({ name }): Finding => ({
        severity: 'warning',
        message: `${path}${path === '' ? '' : ': '}${name} is stored, but this release does not act on it`,
      }),
    )
  const ofChildren = node.children.flatMap((child) => {
    const childType = findChild(type, child.type)
    if (childType === undefined) return []
    const key = child.values[childType.keys[0] ?? '']
    const name = key === undefined ? child.type : `${child.type} ${key}`
    return storedOnly(childType, child, path === '' ? name : `${path}: ${name}`)
  })
  return [...own, ...ofChildren]
}
