import { withValue, type ZoneConfig } from '../../zone/config/zone-config.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { printExport } from '../../zone/print-export.ts'
import type { Host } from '../host.ts'
import type { RunningZone, Zone } from '../zone.ts'
import { writeRecord } from '../zone-record.ts'
import type { MovedDisk } from './journal.ts'

/** Where a disk goes. */
export type Place = Pick<MovedDisk, 'id' | 'to'>

/** A configuration in which disks are on other storage. */
export function withStorage(config: ZoneConfig, disks: readonly Place[]): ZoneConfig {
  const children = config.children.map((child) => {
    const disk = disks.find(({ id }) => child.type === 'device' && child.values['id'] === String(id))
    return disk === undefined ? child : withValue(child, 'storage', disk.to)
  })
  return { ...config, children }
}

const moved = (text: string, disks: readonly Place[]) => printExport(withStorage(parseExport(text), disks))

/** A running zone as it is when its disks are there. */
export function withMovedDisks(running: RunningZone, disks: readonly Place[]): RunningZone {
  const { machine, record } = running
  const places = new Map(disks.map(({ id, to }) => [id, to]))
  const spec = {
    ...record.spec,
    disks: record.spec.disks.map((disk) => ({ ...disk, storage: places.get(disk.id) ?? disk.storage })),
  }
  const configText = moved(record.configText, disks)
  return { ...running, machine: { ...machine, spec }, record: { ...record, spec, configText } }
}

/** Writes down where the disks are that have been moved. Safe to call twice. */
export async function commitMove(host: Host, zone: Zone, disks: readonly MovedDisk[]): Promise<void> {
  const { registry, layout } = host
  const { running } = zone
  if (running !== undefined) {
    const { record, machine } = withMovedDisks(running, disks)
    await writeRecord(layout.runRecord(zone.name), record)
    running.record = record
    running.machine = machine
  }
  const stored = await registry.config(zone.name)
  if (stored !== undefined) await registry.saveConfig(zone.name, moved(stored.text, disks))
  const ids = new Set(disks.map(({ id }) => id))
  const others = zone.record.createdDevices.filter((id) => !ids.has(id))
  const made = disks.flatMap(({ id, created }) => (created === true ? [id] : []))
  await registry.update(zone, { createdDevices: [...others, ...made] })
}
