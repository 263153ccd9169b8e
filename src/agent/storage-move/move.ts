import { copyStorage, createStorage, removeStorage } from '../../storage/storage.ts'
import { driveOf, removeDrive } from '../../vm/mirror.ts'
import type { Host } from '../host.ts'
import { requireNotSuspended } from '../lifecycle/boot-or-resume.ts'
import { copyOwner } from '../ownership/copy-owner.ts'
import type { Progress } from '../progress.ts'
import { requireUnusedStorage } from '../storage-use.ts'
import type { Zone } from '../zone.ts'
import { commitMove } from './commit.ts'
import { type MovedDisk, removeMoveJournal, writeMoveJournal } from './journal.ts'
import { isLive, mirrorDisks } from './live.ts'
import { meter } from './meter.ts'
import { nameOther, neededBytes, type PlannedDisk, planDisks, requireFit, type Wish } from './plan.ts'

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
 *   COMMAND_FAILED, STORAGE_UNREACHABLE
 */
export async function moveStorage(host: Host, zone: Zone, options: MoveOptions): Promise<MovedDisk[]> {
  const { wishes, signal, progress, mayCopy } = options
  const line = (text: string) => progress({ kind: 'line', text })
  const folder = host.layout.zoneFolder(zone.name)
  zone.requireState('move', ['running', 'installed'])
  requireNotSuspended('move', zone)
  const planned = await planDisks(host, zone, wishes, signal)
  const switched: MovedDisk[] = []
  let isWrittenDown = true
  await using undo = new AsyncDisposableStack()
  zone.claims = planned.map(({ to }) => to)
  undo.defer(async () => {
    zone.claims = []
    // As long as it is there, the next zonesd looks which storage each disk uses.
    if (isWrittenDown) await removeMoveJournal(folder)
  })
  line(zone.running === undefined ? 'Preparing the new disks.' : 'Attaching the new disks.')
  const disks: MovedDisk[] = []
  undo.defer(async () => {
    const unused = disks.filter((disk) => disk.created && !switched.includes(disk))
    for (const { to } of unused) await removeStorage(to, host.storage)
  })
  for (const plan of planned) await provide(host, zone, plan, disks, options)
  // Once more, now that it is there and claimed: of two zones that are moved to the same at once, each sees the other.
  await requireUnusedStorage(host, zone, zone.claims, nameOther)
  if (mayCopy !== undefined && !(await mayCopy(disks))) return []
  line('Copying; the zone goes on with its old disks until all of it is there.')
  const onBytes = meter(progress)
  const copies = await copy(host, zone, disks, planned, { signal, onBytes })
  await using _copies = copies
  for (const plan of planned) if (plan.hostData) await copyOwner(host, zone, plan)
  await writeMoveJournal(folder, { phase: 'switching', disks })
  signal.throwIfAborted()
  // What is known by now to fail, fails before the first of several has switched.
  await copies.requireWhole()
  try {
    for (const disk of disks) {
      await copies.switchOver(disk)
      switched.push(disk)
    }
  } finally {
    isWrittenDown = switched.length === 0
    if (switched.length > 0) await commitMove(host, zone, switched)
    isWrittenDown = true
  }
  for (const { id, from, to } of switched) {
    host.log(`zone '${zone.name}': device ${id} was moved from ${from} to ${to}`)
    line(`Device ${id} is on ${to} now. ${from} stays as it is; to remove it: suriadm delete ${from}`)
  }
  return switched
}

/** Makes the new storage if it is not there; what is there must fit. The journal says beforehand what is being made. */
async function provide(
  host: Host,
  zone: Zone,
  plan: PlannedDisk,
  disks: MovedDisk[],
  { force, signal }: MoveOptions,
): Promise<void> {
  const { sizeBytes: _, hostData: __, ...disk } = plan
  const fits = await requireFit(host, zone, plan, { force, signal })
  disks.push({ ...disk, created: fits === undefined })
  const folder = host.layout.zoneFolder(zone.name)
  await writeMoveJournal(folder, { phase: 'copying', disks })
  if (fits !== undefined) return
  const outcome = await createStorage(disk.to, neededBytes(plan), host.storage, { signal }).catch(
    (error: unknown) => {
      disks.pop()
      throw error
    },
  )
  if (outcome !== 'existed') return
  // Somebody else has just made it: it is not ours to be removed, and is looked at as what was there before.
  disks.splice(-1, 1, { ...disk, created: false })
  await requireFit(host, zone, plan, { force, signal })
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
    await copyStorage(from, to, host.storage, { signal, onShare, targetIsZero: created, ...part })
    before += sizeBytes
  }
  const nothing = async () => undefined
  return { requireWhole: nothing, switchOver: nothing, [Symbol.asyncDispose]: nothing }
}
