import type { ZoneState } from '../../compat/input.ts'
import { type Form, noUuid, type Subject } from '../../compat/subject.ts'
import { ZoneError } from '../../errors.ts'
import type { HostFacts } from '../../facts/schema.ts'
import { Limit } from '../../util/limit.ts'
import { cpuModel } from '../../vm/cpu-class.ts'
import { wouldBoot } from '../../vm/would-boot.ts'
import type { ZoneConfig } from '../../zone/config/zone-config.ts'
import { mustMatchProperties } from '../../zone/must-match.ts'
import { parseExport } from '../../zone/parse-export.ts'
import type { Host } from '../host.ts'
import { seeOwner } from '../ownership/see-owner.ts'
import { type Place, withStorage } from '../storage-move/commit.ts'
import { noSuchZone, type RunningZone, type Zone } from '../zone.ts'
import { contractOf } from '../zone-registry.ts'
import { bootRecord } from './source-zone.ts'

/** Zones of this host, as the compatibility check sees them, and the facts of this host that were read for them. */
export interface Subjects {
  readonly source: HostFacts
  readonly subjects: readonly Subject[]
}

/**
 * Reads all that the check needs to know of some zones and of this host, for any target. Changes nothing.
 *
 * @param planned disks that will be on other storage by then
 */
export async function subjectsOf(
  host: Host,
  zones: readonly Zone[],
  signal?: AbortSignal,
  planned: readonly Place[] = [],
): Promise<Subjects> {
  const described = await Promise.all(zones.map((zone) => describe(host, zone, planned)))
  const storage = new Set(described.flatMap((zone) => zone.storage))
  const cpus = new Set(described.flatMap((zone) => zone.cpus))
  const source = await host.knowledge.facts([...storage], [...cpus], signal)
  const subjects = described.map(async ({ forms, ...zone }) => ({ ...zone, forms: await forms(source) }))
  return { source, subjects: await Promise.all(subjects) }
}

interface Described extends Omit<Subject, 'forms'> {
  readonly forms: (source: HostFacts) => Promise<Subject['forms']>
}

/** Each look at a boot device may take a process of its own. */
const looks = new Limit(4)

async function describe(host: Host, zone: Zone, planned: readonly Place[]): Promise<Described> {
  const { name, state, auxiliary } = zone
  const running = zone.state === 'running' ? zone.running : undefined
  const known = { name, state, auxiliary }
  try {
    const stored = await host.registry.config(name)
    if (stored === undefined && running === undefined) throw noSuchZone(name)
    const next = stored && configured(withStorage(stored.config, planned), name)
    const now = running && configured(parseExport(running.record.configText), name)
    const contracts = [next, now].flatMap((each) => each?.contract ?? [])
    return {
      ...known,
      storage: [
        ...contracts.flatMap(({ devices }) => devices.flatMap((device) => device.storage ?? [])),
        ...imageStorage(zone),
      ],
      cpus: [
        ...contracts.map(({ cpuArch }) => cpuModel(cpuArch)),
        ...(running === undefined ? [] : [running.machine.spec.cpu]),
        ...(zone.record.suspended === undefined ? [] : [zone.record.suspended.spec.cpu]),
      ],
      forms: async (source) => {
        const owner = await looks.take(() => seeOwner(host, zone))
        return {
          ...(running && now && { live: { ...now, ...(await asItRuns(zone, running)), owner } }),
          ...(next &&
            (auxiliary.includes('suspended')
              ? { warm: { ...asSuspended(zone, next), owner } }
              : { cold: { ...next, ...downed(zone, next.contract, source), owner } })),
        }
      },
    }
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    return { ...known, storage: [], cpus: [], problem: error.message, forms: async () => ({}) }
  }
}

function configured(config: ZoneConfig, zonename: string): Pick<Form, 'contract' | 'properties'> {
  return { contract: contractOf(config, zonename), properties: mustMatchProperties(config, { zonename }) }
}

async function asItRuns(zone: Zone, running: RunningZone): Promise<Pick<Form, 'zone' | 'boot'>> {
  return { zone: stateOf(zone, zone.state), boot: await bootRecord(running) }
}

/** A zone that runs would have to be shut down first. */
function downed(zone: Zone, contract: Form['contract'], source: HostFacts): Pick<Form, 'zone' | 'boot'> {
  const { uuid, directBoot } = zone.record
  const boot = wouldBoot(contract, source, { uuid: uuid ?? noUuid, directBoot })
  return { zone: stateOf(zone, zone.state === 'running' ? 'installed' : zone.state), boot }
}

/** What the guest booted with, and where its image is, whatever the configuration says by now. */
function asSuspended(zone: Zone, { contract, properties }: Pick<Form, 'contract' | 'properties'>): Form {
  const { suspended } = zone.record
  return {
    contract: suspended === undefined ? contract : { ...contract, suspend: suspended.place },
    properties,
    zone: stateOf(zone, zone.state),
    ...(suspended && { guest: contractOf(parseExport(suspended.configText), zone.name) }),
    boot: suspended === undefined ? { unknown: 'it is not suspended any more' } : { known: suspended.boot },
  }
}

function imageStorage({ record: { suspended } }: Zone): string[] {
  return suspended !== undefined && 'storage' in suspended.place ? [suspended.place.storage] : []
}

function stateOf({ name, record, auxiliary }: Zone, state: string): ZoneState {
  return { name, uuid: record.uuid ?? noUuid, state, auxiliary }
}
