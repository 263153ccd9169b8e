import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { type Form, noUuid, type Subject } from '../../compat/subject.ts'
import { ZoneError } from '../../errors.ts'
import { type HostFacts, isKnown } from '../../facts/schema.ts'
import { cpuModel } from '../../vm/cpu-class.ts'
import { wouldBoot } from '../../vm/would-boot.ts'
import type { ZoneConfig } from '../../zone/config/zone-config.ts'
import type { Contract } from '../../zone/contract.ts'
import { mustMatchProperties } from '../../zone/must-match.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { findChild } from '../../zone/schema/resource-type.ts'
import { zoneName } from '../../zone/schema/zone-name.ts'
import { zoneType } from '../../zone/schema/zone-type.ts'
import { withMacAddress } from '../../zone/session/generate.ts'
import { toContract } from '../../zone/to-contract.ts'

/** A zone's configuration in a file. */
export interface ConfigFile {
  readonly name: string
  readonly contract: Contract
  readonly properties: Form['properties']
  /** What hosts are asked for its sake. */
  readonly needs: Pick<Subject, 'storage' | 'cpus'>
}

/**
 * Reads a configuration as `zonecfg export` writes it. A MAC address that is still to be made up is made up.
 *
 * @param name of the zone, which is not a part of it; by default that of the file without its extension
 * @throws ZoneError CONFIG_UNREADABLE; those of the zonecfg language, with line and column; INVALID_VALUE for the name;
 *   CONFIG_INCOMPLETE
 */
export async function readConfigFile(
  path: string,
  name = basename(path, extname(path)),
): Promise<ConfigFile> {
  zoneName.canonical(name)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : error.message
    throw new ZoneError(`Cannot read the configuration "${path}": ${why}`, {
      code: 'CONFIG_UNREADABLE',
      remedy: `Write it: zonecfg -z ${name} export > ${path}`,
    })
  })
  try {
    const config = withMacAddresses(parseExport(text))
    const contract = toContract(config, { zonename: name })
    const storage = [...contract.devices, contract.suspend].flatMap((place) => place?.storage ?? [])
    const needs = { storage, cpus: [cpuModel(contract.cpuArch)] }
    return { name, contract, properties: mustMatchProperties(config, { zonename: name }), needs }
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    const { code, remedy, message, exit, cause } = error
    const options = { code, exit, cause, ...(remedy === undefined ? {} : { remedy }) }
    throw new ZoneError(`"${path}": ${message}`, options)
  }
}

function withMacAddresses(config: ZoneConfig): ZoneConfig {
  const children = config.children.map((node) => {
    const type = findChild(zoneType, node.type)
    return type === undefined ? node : withMacAddress(type, node, randomBytes)
  })
  return { ...config, children }
}

/**
 * A zone that is known by its configuration and by the facts of the host on which it is or shall be: what it would boot
 * with there. In which state it is, the facts say; if they do not know it, it may be in any. A suspended guest is taken to
 * have booted with that configuration, and to have its image where that says.
 */
export function plannedSubject(
  { name, contract, properties, needs }: ConfigFile,
  source: HostFacts,
): Subject {
  const listed = isKnown(source.zones) ? source.zones.known.find((zone) => zone.name === name) : undefined
  const { state, auxiliary }: Pick<Subject, 'state' | 'auxiliary'> = listed ?? {
    state: 'planned',
    auxiliary: [],
  }
  const uuid = listed?.uuid ?? noUuid
  const boot = wouldBoot(contract, source, { uuid })
  const form = (as: string, words = auxiliary): Form => ({
    zone: { name, uuid, state: as, auxiliary: words },
    contract,
    properties,
    boot,
  })
  const mayRun = state === 'running' || listed === undefined
  return {
    name,
    state,
    auxiliary,
    ...needs,
    forms: {
      ...(mayRun ? { live: form('running') } : {}),
      ...(mayRun && contract.suspend !== undefined
        ? { warm: form('installed', [...auxiliary, 'suspended']) }
        : {}),
      ...(auxiliary.includes('suspended')
        ? { warm: form(state) }
        : { cold: form(mayRun ? 'installed' : state) }),
    },
  }
}
