import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootedGuest } from '../../facts/booted-guest.ts'
import type { BootRecord, Fact } from '../../facts/schema.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import type { SourceZone } from '../../migration/live-migration.ts'
import { placeMark } from '../../storage/mark.ts'
import { bootedMachine } from '../../vm/booted-machine.ts'
import { nicKey } from '../../vm/command-line.ts'
import { usedMemory } from '../../vm/used-memory.ts'
import { parseExport } from '../../zone/parse-export.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
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
    reason: `it moved to ${target} on ${new Date().toISOString()}`,
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
    facts: (storage) => host.knowledge.facts(storage, [machine.spec.cpu]),
    bootRecord: () => bootRecord(running),
    placeMark: (uri, mark, signal) => placeMark(uri, host.storage, mark, signal),
    usedMemoryBytes: () => usedMemory(machine.qemu.identity.pid, machine.spec.memoryBytes),
    heardElsewhere: () => heardElsewhere(machine),
    readZoneKey: () => readZoneKey(layout.key(zone.name)),
    readBootFile: (file) => readFile(layout[file](zone.name)),
    async giveUp() {
      // First on disk: after a crash in between, the journal still says that the target has the zone.
      await host.registry.update(zone, leftFor(target))
      await endRunning(host, zone)
    },
  }
}
