import { removeStorage } from '../../storage/storage.ts'
import { holdForTest } from '../../util/test-hold.ts'
import type { Progress } from '../api.ts'
import type { Host } from '../host.ts'
import { moveStorage } from '../storage-move/move.ts'
import { zoneUsing } from '../storage-use.ts'
import type { Zone } from '../zone.ts'
import {
  readStorageJournal,
  removeStorageJournal,
  type StorageJournal,
  writeStorageJournal,
} from './storage-journal.ts'

/**
 * Ends what a migration with new storage has left to do, now that it is known where the zone is: of one that stayed here as it
 * was, the disks go back to their old storage, and what was made is removed. So do those of a move that have switched, unless
 * all have. Safe to call twice, after a crash in the middle, and for a zone that has none. Never throws: a zone whose disks
 * cannot go back goes on with the new ones.
 */
export async function settleStorage(
  host: Host,
  zone: Zone,
  progress: (value: Progress) => void,
): Promise<void> {
  const line = (text: string) => progress({ kind: 'line', text })
  const folder = host.layout.zoneFolder(zone.name)
  try {
    const journal = await readStorageJournal(folder)
    if (journal === undefined) return
    const places = journal.disks.map(({ id, to }) => `device ${id} on ${to}`).join(', ')
    if (zone.moving !== undefined) {
      line(`Until it is known where the zone is, its disks stay on their new storage: ${places}.`)
      return
    }
    const isMove = journal.what === 'move'
    const away = await disksAway(host, zone, journal)
    if (isMove && journal.made === undefined && away.length === journal.disks.length)
      return await removeStorageJournal(folder)
    // Where it may be gone, or has ended, the new storage is the one that has all of it.
    if (isMove || zone.state === journal.state) await takeBack(host, zone, journal, away, progress)
    else line(`The zone's disks stay on their new storage: ${places}.`)
  } catch (error) {
    const words = (error as Error).message
    host.log(`zone '${zone.name}': its disks cannot go back to their old storage: ${words}`)
    // The next zonesd has a try of its own.
    if (host.ending.aborted) return
    line(`They cannot go back: ${words}. The zone goes on with the disks that "zonecfg info device" shows.`)
  }
  await removeStorageJournal(folder)
}

type Disks = StorageJournal['disks']

/** The disks that are on their new storage. */
async function disksAway(host: Host, { name }: Zone, { disks }: StorageJournal): Promise<Disks> {
  const { devices } = await host.registry.contract(name)
  const isOn = (id: number, uri: string) =>
    devices.some((device) => device.id === id && device.storage === uri)
  return disks.filter(({ id, from, to }) => from !== to && isOn(id, to))
}

async function takeBack(
  host: Host,
  zone: Zone,
  journal: StorageJournal,
  away: Disks,
  progress: (value: Progress) => void,
): Promise<void> {
  const isMade = (id: number) => zone.record.createdDevices.includes(id)
  const made = journal.made ?? away.filter(({ id }) => isMade(id)).map(({ to }) => to)
  if (away.length === 0 && made.length === 0) return
  const reason = journal.what === 'move' ? 'Not all disks could be moved' : 'The zone stays here'
  progress({ kind: 'line', text: `${reason}: its disks go back to their old storage.` })
  // Which of it was made here is not known any more once they are back.
  await writeStorageJournal(host.layout.zoneFolder(zone.name), { ...journal, made })
  if (away.length > 0) {
    const wishes = away.map(({ id, from }) => ({ id, uri: from }))
    // Somebody may just have cancelled the migration, and is not to cancel this.
    const { signal } = new AbortController()
    await moveStorage(host, zone, { wishes, force: 'own', signal, progress })
  }
  await holdForTest('storage.back')
  await host.registry.update(zone, { createdDevices: [...journal.createdDevices] })
  for (const uri of made) {
    if ((await zoneUsing(host, [uri])) === undefined) await removeStorage(uri, host.storage)
  }
}
