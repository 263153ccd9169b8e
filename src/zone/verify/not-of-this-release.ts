import { effectiveValue, type Naming } from '../config/effective.ts'
import { childrenOf, type ZoneConfig } from '../config/zone-config.ts'
import { cpuArch } from '../schema/global.ts'
import { findChild } from '../schema/resource-type.ts'
import { zoneType } from '../schema/zone-type.ts'
import { parseSuri } from '../suri/parse-suri.ts'
import type { Suri } from '../suri/suri.ts'
import { type Finding, warning } from './finding.ts'

/** Values that a configuration may have, but that this release does not take as the operator may think. */
export function notOfThisRelease(config: ZoneConfig, naming: Naming): Finding[] {
  return [...ownCpuModel(config), ...unopenableStorage(config, naming)]
}

function ownCpuModel(config: ZoneConfig): Finding[] {
  const value = config.values['cpu-arch']
  if (value === undefined || cpuArch.values.includes(value)) return []
  return [
    warning(
      `cpu-arch: "${value}" is none of ${cpuArch.values.join(', ')}; it is taken as one of QEMU's own CPU models`,
    ),
  ]
}

function unopenableStorage(config: ZoneConfig, naming: Naming): Finding[] {
  const type = findChild(zoneType, 'device')
  return childrenOf(config, 'device').flatMap((node) => {
    const storage = type && effectiveValue(type, node, 'storage', naming)
    const what = storage === undefined ? undefined : unopenable(parseSuri(storage))
    if (what === undefined) return []
    return [
      warning(`device ${node.values.id ?? ''}: storage is stored, but this release cannot open ${what}`),
    ]
  })
}

/** What of a storage URI no driver of this release opens; undefined if one does. */
function unopenable(suri: Suri): string | undefined {
  if (suri.scheme !== 'nfs') return undefined
  const { port } = suri.authority
  return port === undefined || port === 2049 ? undefined : '"nfs" storage at a port of its own'
}
