import { ZoneError } from '../errors.ts'
import { effectiveValue, type Naming } from './config/effective.ts'
import { type ConfigNode, childrenOf, type ZoneConfig } from './config/zone-config.ts'
import type { Contract, ContractDevice, ContractNic } from './contract.ts'
import { fullMacAddress } from './mac-addresses.ts'
import { resourceProperties } from './must-match.ts'
import { findChild, type ResourceType } from './schema/resource-type.ts'
import { parseSize } from './schema/size.ts'
import { listItems } from './schema/value-kind.ts'
import { zoneType } from './schema/zone-type.ts'
import { formatSuri } from './suri/format-suri.ts'
import { parseSuri } from './suri/parse-suri.ts'

/**
 * What a configuration promises to the guest: tokens expanded, defaults applied, storage URIs in canonical form.
 *
 * @param naming the zone's name, which is not a part of its configuration, and what `%{global-rootzpool}` stands for
 * @throws {ZoneError} CONFIG_INCOMPLETE if the zone has no brand or no memory; `verifyConfig()` finds this and more
 */
export function toContract(config: ZoneConfig, naming: Naming): Contract {
  const global = (name: string) => effectiveValue(zoneType, config, name, naming)
  if (global('brand') !== 'solaris-kz') throw incomplete(naming.zonename, 'brand', 'set brand=solaris-kz')
  const suspend = one(config, 'suspend', naming)
  const path = suspend?.('path')
  const storage = suspend?.('storage')
  return {
    zonename: naming.zonename,
    brand: 'solaris-kz',
    autoboot: global('autoboot') === 'true',
    autoshutdown: autoshutdown(global('autoshutdown')),
    bootargs: global('bootargs') ?? '',
    hostid: global('hostid'),
    cpuArch: config.values['cpu-arch'],
    hostCompatible: listItems(global('host-compatible')),
    memory: memory(config, naming),
    ncpus: Number(one(config, 'virtual-cpu', naming)?.('ncpus') ?? 1),
    devices: childrenOf(config, 'device').map((node) => device(node, naming)),
    nics: (['anet', 'net'] as const).flatMap((kind) =>
      childrenOf(config, kind).map((node) => nic(kind, node, naming)),
    ),
    suspend: suspend && {
      ...(path === undefined ? {} : { path }),
      ...(storage === undefined ? {} : { storage: formatSuri(parseSuri(storage)) }),
    },
  }
}

type Lookup = (property: string) => string | undefined

function typeOf(name: string): ResourceType {
  const type = findChild(zoneType, name)
  if (type === undefined) throw new Error(`The schema has no resource type ${name}`)
  return type
}

function lookup(node: ConfigNode, naming: Naming): Lookup {
  const type = typeOf(node.type)
  return (property) => effectiveValue(type, node, property, naming)
}

function one(config: ZoneConfig, type: string, naming: Naming): Lookup | undefined {
  const [node] = childrenOf(config, type)
  return node && lookup(node, naming)
}

function autoshutdown(value: string | undefined): Contract['autoshutdown'] {
  return value === 'halt' || value === 'suspend' ? value : 'shutdown'
}

function memory(config: ZoneConfig, naming: Naming): Contract['memory'] {
  const value = one(config, 'capped-memory', naming)
  const physicalBytes = parseSize(value?.('physical') ?? '')
  if (physicalBytes === undefined) {
    throw incomplete(naming.zonename, 'capped-memory:physical', 'add capped-memory; set physical=4G; end')
  }
  const pagesizePolicy = value?.('pagesize-policy')
  const reserve = value?.('memory-reserve')
  return {
    physicalBytes,
    pagesizePolicy,
    pagesizeBytes: pagesizePolicy === 'fixed' ? parseSize(value?.('pagesize') ?? '') : undefined,
    ...(reserve === undefined ? {} : { reserve }),
  }
}

function device(node: ConfigNode, naming: Naming): ContractDevice {
  const value = lookup(node, naming)
  const storage = value('storage')
  return {
    id: Number(value('id') ?? 0),
    storage: storage === undefined ? undefined : formatSuri(parseSuri(storage)),
    match: value('match'),
    bootpri: optionalNumber(value('bootpri')),
    createSizeBytes: parseSize(value('create-size') ?? ''),
    allowMhd: value('allow-mhd') === 'true',
  }
}

function nic(kind: 'anet' | 'net', node: ConfigNode, naming: Naming): ContractNic {
  const value = lookup(node, naming)
  const wanted = value('mac-address') ?? 'auto'
  const address = wanted === 'auto' || wanted === 'random' ? value('auto-mac-address') : wanted
  const properties = resourceProperties(typeOf(kind), node, '', naming)
  return {
    kind,
    id: Number(value('id') ?? 0),
    macAddress: address === undefined ? undefined : fullMacAddress(address),
    lowerLink: value(kind === 'net' ? 'physical' : 'lower-link') ?? 'auto',
    vlanId: optionalNumber(value('vlan-id')),
    mtu: optionalNumber(value('mtu')),
    properties: Object.fromEntries(properties.map((property) => [property.path, property.value])),
  }
}

function optionalNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function incomplete(zone: string, what: string, remedy: string): ZoneError {
  return new ZoneError(`The configuration of zone "${zone}" has no ${what}`, {
    code: 'CONFIG_INCOMPLETE',
    remedy: `zonecfg -z ${zone} '${remedy}'`,
  })
}
