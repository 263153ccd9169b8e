import { withValue, type ZoneConfig } from '../../zone/config/zone-config.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { printExport } from '../../zone/print-export.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { writeRecord } from '../zone-record.ts'
import type { MovedDisk } from './journal.ts'

type Place = Pick<MovedDisk, 'id' | 'to'>

/** A configuration in which disks are on other storage. */
export function withStorage(config: ZoneConfig, disks: readonly Place[]): ZoneConfig {
  const children = config.children.map((child) => {
    const disk = disks.find(({ id }) => child.type === 'device' && child.values['id'] === String(id))
    return disk === undefined ? child : withValue(child, 'storage', disk.to)
  })
  return { ...config, children }
}

const moved = (text: string, disks: readonly Place[]) => printExport(withStorage(parseExport(text), disks))

/** Writes down where the disks are that have been moved. Safe to call twice. */
export async function commitMove(host: Host, zone: Zone, disks: readonly MovedDisk[]): Promise<void> {
  const { registry, layout } = host
  const { running } = zone
  if (running !== undefined) {
    const { spec, configText } = running.record
    const places = new Map(disks.map(({ id, to }) => [id, to]))
    const there = {
      ...spec,
      disks: spec.disks.map((disk) => ({ ...disk, storage: places.get(disk.id) ?? disk.storage })),
    }
    const record = { ...running.record, spec: there, configText: moved(configText, disks) }
    await writeRecord(layout.runRecord(zone.name), record)
    running.record = record
    running.machine = { ...running.machine, spec: there }
  }
  const stored = await registry.config(zone.name)
  if (stored !== undefined) await registry.saveConfig(zone.name, moved(stored.text, disks))
  const ids = new Set(disks.map(({ id }) => id))
  const others = zone.record.createdDevices.filter((id) => !ids.has(id))
  const made = disks.flatMap(({ id, created }) => (created ? [id] : []))
  await registry.update(zone, { createdDevices: [...others, ...made] })
}
