import { removeStorage } from '../../storage/storage.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { driveOf, endMirror, removeDrive } from '../../vm/mirror.ts'
import type { Host } from '../host.ts'
import { moveUnsettled } from '../unsettled-move.ts'
import type { Zone } from '../zone.ts'
import { commitMove } from './commit.ts'
import { type MovedDisk, type MoveJournal, removeMoveJournal, writeMoveJournal } from './journal.ts'

/** A conversation with QEMU that has broken off is taken up again by then, if its process lives. */
const askTimeoutMs = 3_000
const askIntervalMs = 100

/** How a move ended. */
export interface MoveEnd {
  /** These disks are on their new storage. */
  readonly moved: readonly MovedDisk[]
  /** These are on their old one. */
  readonly stayed: readonly MovedDisk[]
}

/**
 * Brings a move to its end, however far it came: writes down which disks have switched, and then removes what was made for the
 * others. Storage is removed only if it is certain that its disk does not use it. Safe to call twice.
 *
 * @throws ZoneError MOVE_UNSETTLED, and nothing was removed: the zone does nothing that needs to know its disks until a later
 *   try comes to the end
 */
export async function settleMove(
  host: Host,
  zone: Zone,
  { phase, disks }: Omit<MoveJournal, 'schema'>,
): Promise<MoveEnd> {
  const folder = host.layout.zoneFolder(zone.name)
  let known = disks
  try {
    known = await findPlaces(zone, phase, disks)
    const moved = known.filter(({ isOn }) => isOn === 'new')
    const stayed = known.filter(({ isOn }) => isOn === 'old')
    if (moved.length > 0) await commitMove(host, zone, moved)
    // A zonesd that finds it is not to take these for disks that have switched. On a full disk it can still be removed.
    if (stayed.length > 0) {
      await writeMoveJournal(folder, { phase: 'copying', disks: stayed }).catch(() =>
        removeMoveJournal(folder),
      )
    }
    for (const disk of stayed) await removeUnused(host, zone, disk)
    await removeMoveJournal(folder)
    zone.unsettledMove = undefined
    zone.claims = []
    return { moved, stayed }
  } catch (error) {
    const left = { phase, disks: known }
    await writeMoveJournal(folder, left).catch(() => undefined)
    zone.claims = disks.map(({ to }) => to)
    holdUnsettled(host, zone, error as Error, async () =>
      logEnd(host, zone, await settleMove(host, zone, left)),
    )
    throw moveUnsettled(zone.name, error as Error)
  }
}

/** Lets the zone do nothing that needs to know its disks, until this has come to its end. */
export function holdUnsettled(host: Host, zone: Zone, cause: Error, retry: () => Promise<void>): void {
  if (zone.unsettledMove?.cause.message !== cause.message) host.log(moveUnsettled(zone.name, cause).message)
  zone.unsettledMove = { cause, retry }
}

/** Tells in the log how a move ended that was interrupted. */
export function logEnd(host: Host, zone: Zone, { moved, stayed }: MoveEnd): void {
  for (const disk of [...moved, ...stayed].toSorted((a, b) => a.id - b.id)) {
    const { id, from, to } = disk
    const place = moved.includes(disk) ? to : from
    host.log(
      `zone '${zone.name}': moving device ${id} from ${from} to ${to} was interrupted: it is on ${place}`,
    )
  }
}

type Phase = MoveJournal['phase']

/** @throws what QEMU, or the conversation with it, has said at last */
async function findPlaces(zone: Zone, phase: Phase, disks: readonly MovedDisk[]): Promise<MovedDisk[]> {
  let failure: unknown
  const found = await retryUntil(
    async () => {
      try {
        const known: MovedDisk[] = []
        for (const disk of disks) known.push({ ...disk, isOn: await placeOf(zone, phase, disk) })
        return known
      } catch (error) {
        failure = error
        return undefined
      }
    },
    { timeoutMs: askTimeoutMs, intervalMs: askIntervalMs },
  )
  if (found === undefined) throw failure
  return found
}

async function placeOf(zone: Zone, phase: Phase, { id, node, isOn }: MovedDisk): Promise<'old' | 'new'> {
  const { running } = zone
  if (isOn === 'new') return isOn
  if (running === undefined || node === null) {
    // Of a machine that has ended, each write had gone to both from before the switch-over on.
    return isOn ?? (phase === 'switching' ? 'new' : 'old')
  }
  const { qmp } = running.machine.qemu
  await endMirror(qmp, id)
  if ((await driveOf(qmp, id)).node === node) return 'new'
  await removeDrive(qmp, node)
  return 'old'
}

/** What cannot be removed is told: the zone does not wait for storage that it does not need. */
async function removeUnused(host: Host, zone: Zone, { id, to, created }: MovedDisk): Promise<void> {
  const tell = (words: string) =>
    host.log(`zone '${zone.name}': ${to}, where device ${id} was to go, ${words}: suriadm delete ${to}`)
  if (created === 'making') tell('may have been made for it; to remove it, if nobody has it')
  if (created !== true) return
  await removeStorage(to, host.storage).catch((error: Error) =>
    tell(`was made for it and cannot be removed (${error.message}); to remove it`),
  )
}
