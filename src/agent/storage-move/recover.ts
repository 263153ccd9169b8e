import { removeStorage } from '../../storage/storage.ts'
import { driveOf, endMirror, removeDrive } from '../../vm/mirror.ts'
import type { Host } from '../host.ts'
import type { RunningZone, Zone } from '../zone.ts'
import { commitMove } from './commit.ts'
import { type MovedDisk, readMoveJournal, removeMoveJournal } from './journal.ts'

/**
 * Brings a move of a zone's storage that was interrupted to its end: what has been switched over stays on the new storage, the
 * rest on the old. Safe to call twice, and for a zone that has none.
 */
export async function recoverMove(host: Host, zone: Zone): Promise<void> {
  const folder = host.layout.zoneFolder(zone.name)
  const journal = await readMoveJournal(folder)
  if (journal === undefined) return
  const { running } = zone
  const switched: MovedDisk[] = []
  for (const disk of journal.disks) {
    // Of a machine that has ended, each write had gone to both from before the switch-over on.
    const isSwitched =
      running === undefined || disk.node === null
        ? journal.phase === 'switching'
        : await hasSwitched(running, disk.id, disk.node)
    if (isSwitched) switched.push(disk)
    else if (disk.created) await removeStorage(disk.to, host.storage)
  }
  if (switched.length > 0) await commitMove(host, zone, switched)
  await removeMoveJournal(folder)
  for (const { id, from, to } of journal.disks) {
    const place = switched.some((disk) => disk.id === id) ? to : from
    host.log(
      `zone '${zone.name}': moving device ${id} from ${from} to ${to} was interrupted: it is on ${place}`,
    )
  }
}

async function hasSwitched({ machine }: RunningZone, id: number, node: string): Promise<boolean> {
  const { qmp } = machine.qemu
  await endMirror(qmp, id)
  const isThere = (await driveOf(qmp, id)).node === node
  if (!isThere) await removeDrive(qmp, node)
  return isThere
}
