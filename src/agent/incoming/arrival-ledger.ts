import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { atomicWrite } from '../../util/atomic-write.ts'
import type { HostLayout } from '../../util/host-layout.ts'

const folderOf = (layout: HostLayout) => join(layout.stateFolder, '.arrivals')

/**
 * One file for each migration by which a zone has come to this host. Its source may ask for it much later, when the zone
 * has been renamed, deleted, or moved on and come back: were it told that the zone never ran here, it would run it from
 * its old memory. No zone's name starts with a period, so no zone's folder can stand in the way.
 */
const noteOf = (layout: HostLayout, migrationId: string) => join(folderOf(layout), migrationId)

/** What a note says once the source has written down that the zone is not its own any more: it will never ask again. */
const acknowledged = 'acknowledged\n'

/** How a note begins by which a zone has not come, and was lost instead; the uuid of the zone follows. */
const lost = 'lost '

/** For how long an acknowledged note is kept all the same: a source may be put back to an older copy of its disk. */
const keptMs = 30 * 24 * 3600 * 1000

export function noteArrival(layout: HostLayout, migrationId: string): Promise<void> {
  return atomicWrite(noteOf(layout, migrationId), '', 0o600)
}

export async function hasArrived(layout: HostLayout, migrationId: string): Promise<boolean> {
  const note = await readNote(layout, migrationId)
  return note !== undefined && !note.startsWith(lost)
}

/**
 * Notes that a zone may have run here before this host went down, and that nothing else of that migration is here any more: its
 * source may yet ask, and must not let the guest go on from its memory.
 */
export function noteLoss(layout: HostLayout, migrationId: string, uuid: string): Promise<void> {
  return atomicWrite(noteOf(layout, migrationId), `${lost}${uuid}\n`, 0o600)
}

/** The uuid of the zone that was lost by a migration; undefined: none was, as far as is noted. */
export async function lostBy(layout: HostLayout, migrationId: string): Promise<string | undefined> {
  const note = await readNote(layout, migrationId)
  return note?.startsWith(lost) === true ? note.slice(lost.length).trim() : undefined
}

/** The source knows of the loss. */
export async function forgetLoss(layout: HostLayout, migrationId: string): Promise<void> {
  if ((await lostBy(layout, migrationId)) !== undefined)
    await rm(noteOf(layout, migrationId), { force: true })
}

/** The source needs this note no more. Where there is none, none is made. */
export async function acknowledgeArrival(layout: HostLayout, migrationId: string): Promise<void> {
  const note = await readNote(layout, migrationId)
  if (note === undefined || note === acknowledged) return
  await atomicWrite(noteOf(layout, migrationId), acknowledged, 0o600)
}

/**
 * Removes the notes that were acknowledged more than 30 days ago. All others stay, however old: a source that was down
 * for a year may still ask.
 *
 * @returns how many were removed
 */
export async function pruneArrivals(layout: HostLayout, now: number = Date.now()): Promise<number> {
  const names = await readdir(folderOf(layout)).catch(() => [])
  let removed = 0
  for (const name of names) {
    const { mtimeMs } = await stat(noteOf(layout, name))
    if (now - mtimeMs < keptMs || (await readNote(layout, name)) !== acknowledged) continue
    await rm(noteOf(layout, name), { force: true })
    removed += 1
  }
  return removed
}

function readNote(layout: HostLayout, migrationId: string): Promise<string | undefined> {
  return readFile(noteOf(layout, migrationId), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
