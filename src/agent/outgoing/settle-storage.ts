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
 * cannot go back goes on with the new ones, which are then its own as the old ones were.
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
    // Where its disks are is not certain; later that is settled first, and then this.
    if (zone.unsettledMove !== undefined) return
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
    // The next zonesd, or a later try, has a try of its own.
    if (host.ending.aborted || zone.unsettledMove !== undefined) return
    line(`They cannot go back: ${words}. The zone goes on with the disks that "zonecfg info device" shows.`)
    await stayThere(host, zone)
    return
  }
  await removeStorageJournal(folder)
}

/** The way back has failed, and is not tried again. What was made for it is removed, belongs to the zone, or is told. */
async function stayThere(host: Host, zone: Zone): Promise<void> {
  const folder = host.layout.zoneFolder(zone.name)
  try {
    const journal = await readStorageJournal(folder)
    if (journal === undefined) return
    const { made, createdDevices } = journal
    if (made !== undefined) {
      const away = await disksAway(host, zone, journal)
      const isAway = (id: number) => away.some((disk) => disk.id === id)
      const stayed = away.filter(({ to }) => made.includes(to)).map(({ id }) => id)
      await host.registry.update(zone, {
        createdDevices: [...createdDevices.filter((id) => !isAway(id)), ...stayed],
      })
      // Of a zone that is not here any more, somebody else knows what is in use.
      const isHere = ['running', 'installed'].includes(zone.state)
      const unused = made.filter((uri) => isHere && away.every(({ to }) => to !== uri))
      await removeMade(host, zone, unused)
    }
    await removeStorageJournal(folder)
  } catch (error) {
    host.log(`zone '${zone.name}': what was made for it stays as it is: ${(error as Error).message}`)
  }
}

/** Removes what no zone has any more. What cannot be removed is told. */
async function removeMade(host: Host, zone: Zone, made: readonly string[]): Promise<void> {
  for (const uri of made) {
    try {
      if ((await zoneUsing(host, [uri])) === undefined) await removeStorage(uri, host.storage)
    } catch (error) {
      host.log(
        `zone '${zone.name}': ${uri} was made for it and cannot be removed (${(error as Error).message}); to remove it: suriadm delete ${uri}`,
      )
    }
  }
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
  await removeMade(host, zone, made)
}
