import { formatSuri } from '../../zone/suri/format-suri.ts'
import { parseSuri } from '../../zone/suri/parse-suri.ts'
import type { Host } from '../host.ts'
import { type MoveOptions, moveStorage } from '../storage-move/move.ts'
import { wantedDisks } from '../storage-move/plan.ts'
import type { Zone } from '../zone.ts'
import { settleStorage } from './settle-storage.ts'
import { removeStorageJournal, writeStorageJournal } from './storage-journal.ts'

/**
 * Moves disks of a zone to other storage, all of them or none: QEMU switches one after the other, and if one cannot, those before it
 * are copied back. If zonesd ends in the middle, the next one sees to that.
 *
 * @throws as `moveStorage()`
 */
export async function moveDisks(host: Host, zone: Zone, options: MoveOptions): Promise<void> {
  const { wishes, progress } = options
  // What an earlier one has left to do, as when it could not be settled until now.
  await settleStorage(host, zone, progress)
  if (wishes.length === 1) {
    await moveStorage(host, zone, options)
    return
  }
  zone.requireState('move', ['running', 'installed'])
  const { devices } = await host.registry.contract(zone.name)
  const disks = wantedDisks(zone.name, devices, wishes).map(({ id, storage: from, uri }) => ({
    id,
    from,
    to: formatSuri(parseSuri(uri)),
  }))
  const folder = host.layout.zoneFolder(zone.name)
  const { createdDevices } = zone.record
  await writeStorageJournal(folder, { what: 'move', state: zone.state, createdDevices, disks })
  try {
    await moveStorage(host, zone, options)
  } catch (error) {
    await settleStorage(host, zone, progress)
    throw error
  }
  await removeStorageJournal(folder)
}
