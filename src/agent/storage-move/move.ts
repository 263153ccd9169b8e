import { ZoneError } from '../../errors.ts'
import { copyStorage, createStorage } from '../../storage/storage.ts'
import { mayBeLeft } from '../../storage/storage-left.ts'
import { driveOf, removeDrive } from '../../vm/mirror.ts'
import type { Host } from '../host.ts'
import { requireNotSuspended } from '../lifecycle/boot-or-resume.ts'
import { copyOwner } from '../ownership/copy-owner.ts'
import type { Progress } from '../progress.ts'
import { requireUnusedStorage } from '../storage-use.ts'
import type { Zone } from '../zone.ts'
import { type MovedDisk, type MoveJournal, writeMoveJournal } from './journal.ts'
import { isLive, mirrorDisks } from './live.ts'
import { meter } from './meter.ts'
import { nameOther, neededBytes, type PlannedDisk, planDisks, requireFit, type Wish } from './plan.ts'
import { settleMove } from './settle-move.ts'

export interface MoveOptions {
  readonly wishes: readonly Wish[]
  /** Overwrite what is on the new storage; `own`: it is where the disks were. */
  readonly force: boolean | 'own'
  readonly signal: AbortSignal
  readonly progress: (value: Progress) => void
  /** Asked when the new storage is there and nothing is on it yet: false ends it there, as does what it throws. */
  readonly mayCopy?: (disks: readonly MovedDisk[]) => Promise<boolean>
}

/**
 * Moves disks of a zone to other storage: of a running zone while its guest goes on, of one that is down by a copy. If it
 * fails or is cancelled the zone is on its old storage, and what was made is removed. The old storage stays as it was.
 *
 * @returns the disks that were moved
 * @throws ZoneError WRONG_STATE, NO_SUCH_DISK, STORAGE_IN_USE, CONFIG_DIFFERS, WRONG_SIZE, STORAGE_NOT_EMPTY, MIRROR_FAILED,
 *   COMMAND_FAILED, STORAGE_UNREACHABLE; MOVE_UNSETTLED: which storage it uses is not known, or could not be written down
 */
export async function moveStorage(host: Host, zone: Zone, options: MoveOptions): Promise<MovedDisk[]> {
  const { wishes, signal, progress } = options
  const line = (text: string) => progress({ kind: 'line', text })
  zone.requireState('move', ['running', 'installed'])
  requireNotSuspended('move', zone)
  const planned = await planDisks(host, zone, wishes, signal)
  zone.claims = planned.map(({ to }) => to)
  const way: Way = { phase: 'copying', disks: [] }
  const failure = await goThere(host, zone, planned, way, options).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  const { moved, stayed } = await settleMove(host, zone, way).catch((error: unknown) => {
    if (failure !== undefined) host.log(`zone '${zone.name}': ${(failure.error as Error).message}`)
    throw error
  })
  for (const { id, from, to } of moved) {
    host.log(`zone '${zone.name}': device ${id} was moved from ${from} to ${to}`)
    line(`Device ${id} is on ${to} now. ${from} stays as it is; to remove it: suriadm delete ${from}`)
  }
  if (failure === undefined) return [...moved]
  if (moved.length === 0 || stayed.length > 0) throw failure.error
  // All have switched, whatever failed after that.
  host.log(`zone '${zone.name}': its disks were moved, though: ${(failure.error as Error).message}`)
  return [...moved]
}

/** How far a move has come: what its journal says, or is about to say. */
type Way = { phase: MoveJournal['phase']; disks: MovedDisk[] }

/** Whatever becomes of it, the way says afterwards what is to be settled. */
async function goThere(
  host: Host,
  zone: Zone,
  planned: readonly PlannedDisk[],
  way: Way,
  options: MoveOptions,
): Promise<void> {
  const { signal, progress, mayCopy } = options
  const line = (text: string) => progress({ kind: 'line', text })
  const { disks } = way
  line(zone.running === undefined ? 'Preparing the new disks.' : 'Attaching the new disks.')
  for (const plan of planned) await provide(host, zone, plan, disks, options)
  // Once more, now that it is there and claimed: of two zones that are moved to the same at once, each sees the other.
  await requireUnusedStorage(host, zone, zone.claims, nameOther)
  if (mayCopy !== undefined && !(await mayCopy(disks))) return
  line('Copying; the zone goes on with its old disks until all of it is there.')
  const onBytes = meter(progress)
  const copies = await copy(host, zone, disks, planned, { signal, onBytes })
  await using _copies = copies
  for (const plan of planned) if (plan.hostData) await copyOwner(host, zone, plan)
  signal.throwIfAborted()
  // What is known by now to fail, fails before the first of several has switched.
  await copies.requireWhole()
  for (const [index, disk] of disks.entries()) {
    // Of those that are down, all of them at once.
    if (index === 0 || isLive(disk)) await noteSwitching(host, zone, way, index)
    await copies.switchOver(disk).catch((error: unknown) => {
      if (isLive(disk) && error instanceof ZoneError && error.code === 'MIRROR_FAILED') {
        way.disks = way.disks.with(index, { ...disk, isOn: 'old' })
      }
      throw error
    })
  }
}

/** Writes down that of running disks this one is about to switch, those before it have, and those after it have not. */
async function noteSwitching(host: Host, zone: Zone, way: Way, index: number): Promise<void> {
  const disks = way.disks.map((disk, at): MovedDisk => {
    const { isOn: _, ...either } = disk
    return at === index || !isLive(disk) ? either : { ...either, isOn: at < index ? 'new' : 'old' }
  })
  await writeMoveJournal(host.layout.zoneFolder(zone.name), { phase: 'switching', disks })
  way.phase = 'switching'
  way.disks = disks
}

/**
 * Makes the new storage if it is not there; what is there must fit. The journal says beforehand what is being made, and says that it
 * was made only when that is certain.
 */
async function provide(
  host: Host,
  zone: Zone,
  plan: PlannedDisk,
  disks: MovedDisk[],
  { force, signal }: MoveOptions,
): Promise<void> {
  const { sizeBytes: _, hostData: __, ...disk } = plan
  const folder = host.layout.zoneFolder(zone.name)
  const note = async (created: MovedDisk['created']): Promise<void> => {
    disks[index] = { ...disk, created }
    await writeMoveJournal(folder, { phase: 'copying', disks })
  }
  const index = disks.length
  const isThere = await requireFit(host, zone, plan, { force, signal })
  await note(isThere ? false : 'making')
  if (isThere) return
  const outcome = await createStorage(disk.to, neededBytes(plan), host.storage, { signal }).catch(
    (error: unknown) => {
      if (!mayBeLeft(error)) disks.pop()
      throw error
    },
  )
  await note(outcome === 'created')
  // Somebody else has just made it, or it did not answer before: it is looked at as what was there.
  if (outcome === 'existed') await requireFit(host, zone, plan, { force, signal, mustAnswer: true })
}

interface Copies extends AsyncDisposable {
  requireWhole(): Promise<void>
  /** From then on the zone has the new disk. */
  switchOver(disk: MovedDisk): Promise<void>
}

interface CopyOptions {
  readonly signal: AbortSignal
  readonly onBytes: (doneBytes: number, totalBytes: number) => void
}

async function copy(
  host: Host,
  { running }: Zone,
  disks: readonly MovedDisk[],
  planned: readonly PlannedDisk[],
  { signal, onBytes }: CopyOptions,
): Promise<Copies> {
  if (running !== undefined) {
    const { qmp } = running.machine.qemu
    const old = new Map<number, string>()
    for (const { id } of disks) old.set(id, (await driveOf(qmp, id)).node)
    const sizes = new Map(
      planned.flatMap(({ id, hostData, sizeBytes }) => (hostData ? [[id, sizeBytes]] : [])),
    )
    const mirrors = await mirrorDisks(host, qmp, disks.filter(isLive), { signal, sizes, onBytes })
    return {
      requireWhole: () => mirrors.requireWhole(),
      async switchOver(disk) {
        await mirrors.switchOver(disk.id)
        await removeDrive(qmp, old.get(disk.id) ?? '')
      },
      [Symbol.asyncDispose]: () => mirrors[Symbol.asyncDispose](),
    }
  }
  const total = planned.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
  let before = 0
  for (const [index, { from, to, created }] of disks.entries()) {
    const { sizeBytes = 0, hostData = false } = planned[index] ?? {}
    const onShare = (share: number) => onBytes(before + share * sizeBytes, total)
    const part = hostData ? { sizeBytes } : {}
    await copyStorage(from, to, host.storage, { signal, onShare, targetIsZero: created === true, ...part })
    before += sizeBytes
  }
  const nothing = async () => undefined
  return { requireWhole: nothing, switchOver: nothing, [Symbol.asyncDispose]: nothing }
}
