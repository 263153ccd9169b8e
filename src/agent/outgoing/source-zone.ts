import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootedGuest } from '../../facts/booted-guest.ts'
import type { BootRecord, Fact } from '../../facts/schema.ts'
import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import type { SourceZone } from '../../migration/live-migration.ts'
import type { MovingZone } from '../../migration/migration.ts'
import { placeMark } from '../../storage/mark.ts'
import { bootedMachine } from '../../vm/booted-machine.ts'
import { nicKey } from '../../vm/command-line.ts'
import { memoryContents } from '../../vm/memory-contents.ts'
import { parseExport } from '../../zone/parse-export.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { offerZone, withdrawZone } from '../ownership/hand-over-record.ts'
import { ownerInWords } from '../ownership/owner-in-words.ts'
import { finishRekey } from '../ownership/rekey.ts'
import { seeOwner } from '../ownership/see-owner.ts'
import { sealedKey, seeKeys } from '../ownership/zone-key.ts'
import type { RunningZone, Zone } from '../zone.ts'
import type { ZoneRecord } from '../zone-record.ts'
import { contractOf } from '../zone-registry.ts'
import { heardElsewhere } from './heard-elsewhere.ts'

/** What the guest booted with: the machine's record, and beyond it what its QEMU says. */
export async function bootRecord({ machine, record }: RunningZone): Promise<Fact<BootRecord>> {
  const { spec, qemu } = machine
  const booted = bootedMachine(spec)
  const { pid } = qemu.identity
  try {
    const { offloads, ...guest } = await bootedGuest(qemu.qmp, {
      pid,
      cpu: spec.cpu,
      nics: spec.nics.map(nicKey),
    })
    const nics = booted.nics.map((nic) => {
      const agreed = offloads.get(nicKey(nic))
      return agreed === undefined ? nic : { ...nic, offloads: agreed }
    })
    return { known: { ...booted, ...guest, nics, pagesizeBytes: record.pageBytes } }
  } catch (error) {
    return { unknown: `the running QEMU did not answer: ${(error as Error).message}` }
  }
}

/** What is written down of a zone that has left this host. */
export function leftFor(target: string): Partial<ZoneRecord> {
  return {
    state: 'configured',
    movedTo: target,
    suspended: undefined,
    unclaimed: undefined,
    reason: `it moved to ${target} on ${new Date().toISOString()}`,
  }
}

/** The same of one that another host has by its boot device. */
export function goneTo(record: OwnerRecord): Partial<ZoneRecord> {
  return { ...leftFor(record.owner.name), reason: `by its boot device ${ownerInWords(record)}` }
}

/** What a migration has to do with the record on the zone's boot device. */
export function ownershipOf(
  host: Host,
  zone: Zone,
): Pick<MovingZone, 'hostData' | 'readZoneKey' | 'offer' | 'withdraw'> {
  return {
    async readZoneKey() {
      // One of two keys: it must be known which.
      await finishRekey(host, zone)
      // Without host data nothing may be sealed yet.
      return zone.record.hostData === undefined
        ? readZoneKey(host.layout.key(zone.name))
        : sealedKey(host, zone)
    },
    hostData: zone.record.hostData,
    offer: (ticket, to) => offerZone(host, zone, ticket, to),
    withdraw: () => withdrawZone(host, zone),
  }
}

/** A running zone as its migration sees it. */
export function sourceZone(host: Host, zone: Zone, running: RunningZone, target: string): SourceZone {
  const { machine, record } = running
  const { layout } = host
  return {
    name: zone.name,
    uuid: machine.spec.uuid,
    state: zone.state,
    auxiliary: zone.auxiliary,
    contract: contractOf(parseExport(record.configText), zone.name),
    configText: record.configText,
    spec: machine.spec,
    qmp: machine.qemu.qmp,
    keyFolder: join(layout.runFolder, `${zone.name}.key`),
    restSocket: layout.restSocket(zone.name),
    facts: (storage) => host.knowledge.facts(storage, [machine.spec.cpu]),
    bootRecord: () => bootRecord(running),
    seeOwner: () => seeOwner(host, zone),
    keys: () => seeKeys(host, zone, parseExport(record.configText)),
    placeMark: (uri, mark, signal) => placeMark(uri, host.storage, mark, signal),
    memoryContents: () => memoryContents(machine.qemu.identity.pid, machine.spec.memoryBytes),
    heardElsewhere: () => heardElsewhere(machine),
    readBootFile: (file) => readFile(layout[file](zone.name)),
    ...ownershipOf(host, zone),
    async giveUp() {
      // First on disk: after a crash in between, the journal still says that the target has the zone.
      await host.registry.update(zone, leftFor(target))
      await endRunning(host, zone)
    },
  }
}
