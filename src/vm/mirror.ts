import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { jobsSchema } from '../qmp/schemas.ts'
import type { BlockGraph } from '../storage/storage.ts'
import { retryUntil } from '../util/retry-until.ts'
import { blockDevices, isDisk } from './block-devices.ts'
import { diskNode } from './command-line.ts'

/** How far a disk has been copied, in bytes; the total grows while the guest writes. */
export interface MirrorProgress {
  readonly doneBytes: number
  readonly totalBytes: number
  /** All of it is there, and each write of the guest goes to both. */
  readonly isReady: boolean
}

const endTimeoutMs = 30_000
const lookIntervalMs = 50
const jobOf = (disk: number) => `move-disk${disk}`

/** The drive behind a disk: the root node of its block graph, and the size that the guest sees, in bytes. */
export async function driveOf(
  qmp: QmpConnection,
  disk: number,
): Promise<{ readonly node: string; readonly sizeBytes: number }> {
  const found = (await blockDevices(qmp)).find((drive) => isDisk(drive, disk))?.inserted
  if (found?.['node-name'] === undefined) throw new Error(`The hypervisor has no disk ${disk}`)
  return { node: found['node-name'], sizeBytes: found.image['virtual-size'] }
}

/** Name for the root node of the storage that takes the place of the one with this root node. */
export function nextNode(node: string, disk: number): string {
  const moves = Number(/^moved(\d+)-/.exec(node)?.[1] ?? 0)
  return `moved${moves + 1}-${diskNode(disk)}`
}

/**
 * Begins to copy a disk of a running guest to other storage, of the same size. From the beginning each write of the guest goes
 * to both, so that it comes to an end however much the guest writes (QEMU's `write-blocking`).
 *
 * @param graph of the other storage
 * @throws ZoneError MIRROR_FAILED with QEMU's words; nothing of it is left then
 */
export async function startMirror(qmp: QmpConnection, disk: number, graph: BlockGraph): Promise<void> {
  const { node } = await driveOf(qmp, disk)
  const target = graph.nodes.at(-1)?.['node-name'] ?? ''
  try {
    for (const object of graph.objects) await qmp.execute('object-add', object as never)
    for (const added of graph.nodes) await qmp.execute('blockdev-add', added as never)
    await qmp.execute('blockdev-mirror', {
      'job-id': jobOf(disk),
      device: node,
      target,
      sync: 'full',
      'copy-mode': 'write-blocking',
      'filter-node-name': `${jobOf(disk)}-filter`,
      'auto-dismiss': false,
    })
  } catch (error) {
    await removeDrive(qmp, target)
    if (error instanceof QmpError) throw mirrorFailed(disk, error.desc)
    throw error
  }
}

/** @throws ZoneError MIRROR_FAILED with QEMU's words */
export async function mirrorProgress(qmp: QmpConnection, disk: number): Promise<MirrorProgress> {
  const job = await findJob(qmp, disk)
  if (job === undefined || !['created', 'running', 'ready', 'paused', 'standby'].includes(job.status)) {
    throw mirrorFailed(disk, job?.error ?? 'it ended too early')
  }
  return {
    doneBytes: job['current-progress'],
    totalBytes: job['total-progress'],
    isReady: job.status === 'ready',
  }
}

/**
 * Lets the guest use the other storage alone, from one moment to the next. The mirror must be ready.
 *
 * @throws ZoneError MIRROR_FAILED: the guest still uses what it had. After anything else it may use either.
 */
export async function switchOver(qmp: QmpConnection, disk: number, graph: BlockGraph): Promise<void> {
  await qmp.execute('job-complete', { id: jobOf(disk) }).catch((error: unknown) => {
    throw error instanceof QmpError ? mirrorFailed(disk, error.desc) : error
  })
  const words = await endOfJob(qmp, disk)
  const { node } = await driveOf(qmp, disk)
  if (node !== graph.nodes.at(-1)?.['node-name']) throw mirrorFailed(disk, words ?? 'it did not switch')
}

/** Ends the copying of a disk, whatever it is at. Safe to call when there is none. */
export async function endMirror(qmp: QmpConnection, disk: number): Promise<void> {
  const job = await findJob(qmp, disk)
  if (job === undefined) return
  if (job.status !== 'concluded') await qmp.execute('job-cancel', { id: jobOf(disk) }).catch(refused)
  await endOfJob(qmp, disk)
}

/**
 * Takes storage from QEMU that no disk uses, with what was made for it alone. What is not there is left out.
 *
 * @param node root node of its block graph
 */
export async function removeDrive(qmp: QmpConnection, node: string): Promise<void> {
  for (const name of [node, `${node}-storage`]) {
    await qmp.execute('blockdev-del', { 'node-name': name }).catch(refused)
  }
  const objects = await qmp.execute('qom-list', { path: '/objects' })
  for (const { name } of objects.filter((object) => object.name.startsWith(`${node}-`))) {
    await qmp.execute('object-del', { id: name }).catch(refused)
  }
}

async function findJob(qmp: QmpConnection, disk: number) {
  const jobs = await qmp.execute('query-jobs', {}, { schema: jobsSchema })
  return jobs.find(({ id }) => id === jobOf(disk))
}

/** @returns why it failed; undefined: it did not */
async function endOfJob(qmp: QmpConnection, disk: number): Promise<string | undefined> {
  const ended = await retryUntil(
    async () => {
      const job = await findJob(qmp, disk)
      return job === undefined || job.status === 'concluded' ? { job } : undefined
    },
    { timeoutMs: endTimeoutMs, intervalMs: lookIntervalMs },
  )
  if (ended === undefined) {
    throw mirrorFailed(disk, `it did not end within ${endTimeoutMs / 1000} s`, 'MIRROR_UNCLEAR')
  }
  if (ended.job !== undefined) await qmp.execute('job-dismiss', { id: jobOf(disk) }).catch(refused)
  return ended.job?.error
}

function refused(error: unknown): void {
  if (!(error instanceof QmpError)) throw error
}

function mirrorFailed(disk: number, words: string, code = 'MIRROR_FAILED'): ZoneError {
  return new ZoneError(`Disk ${disk} cannot be copied: ${words}`, {
    code,
    remedy:
      'Look whether the new storage has the size of the old one, is up, and can be written to by this host',
  })
}
