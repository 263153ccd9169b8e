import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootedFeatures } from '../../facts/booted-features.ts'
import type { BootRecord, Fact } from '../../facts/schema.ts'
import type { SourceZone } from '../../migration/live-migration.ts'
import { nicKey } from '../../vm/command-line.ts'
import { parseExport } from '../../zone/parse-export.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import type { RunningZone, Zone } from '../zone.ts'
import type { ZoneRecord } from '../zone-record.ts'
import { contractOf } from '../zone-registry.ts'

/** What virtio-net tells the guest if the contract sets no MTU. */
const ethernetMtu = 1500

/** What the guest booted with: the machine's record, and of the CPU what its QEMU says. */
async function bootRecord({ machine, record }: RunningZone): Promise<Fact<BootRecord>> {
  const { spec, qemu } = machine
  try {
    const { major, minor, micro } = qemu.qmp.version.qemu
    return {
      known: {
        machineType: spec.machineType,
        cpuModel: spec.cpu,
        cpuFeatures: await bootedFeatures(qemu.qmp, spec.cpu),
        accelerator: spec.accelerator,
        memoryBytes: spec.memoryBytes,
        pagesizeBytes: record.pageBytes,
        maxCpus: spec.ncpus,
        qemuVersion: `${major}.${minor}.${micro}`,
        devices: [
          ...spec.disks.map(({ id, pciSlot }) => ({
            kind: 'virtio-blk-pci',
            id: `device${id}`,
            pciAddress: `${pciSlot}.0`,
          })),
          ...spec.nics.map((nic) => ({
            kind: 'virtio-net-pci',
            id: nicKey(nic),
            pciAddress: `${nic.pciSlot}.0`,
          })),
        ],
        nics: spec.nics.map(({ kind, id, macAddress, mtu }) => ({
          kind,
          id,
          mac: macAddress,
          mtu: mtu ?? ethernetMtu,
        })),
      },
    }
  } catch (error) {
    return { unknown: `the running QEMU did not answer: ${(error as Error).message}` }
  }
}

/** What is written down of a zone that has left this host. */
export function leftFor(target: string): Partial<ZoneRecord> {
  return {
    state: 'configured',
    movedTo: target,
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
    readBootFile: (file) => readFile(layout[file](zone.name)),
    async giveUp() {
      // First on disk: after a crash in between, the journal still says that the target has the zone.
      await host.registry.update(zone, leftFor(target))
      await endRunning(host, zone)
    },
  }
}
