import { setTimeout as sleep } from 'node:timers/promises'
import type { QmpConnection } from '../../qmp/connection.ts'
import { blockGraph } from '../../storage/storage.ts'
import { endMirror, mirrorProgress, removeDrive, startMirror, switchOver } from '../../vm/mirror.ts'
import type { Host } from '../host.ts'
import type { MovedDisk } from './journal.ts'

const lookIntervalMs = 200

interface MirrorOptions {
  /** How much of the new storage the guest is to see, by disk, in bytes; of one that is not in it, all. */
  readonly sizes: ReadonlyMap<number, number>
  readonly signal: AbortSignal
  readonly onBytes: (doneBytes: number, totalBytes: number) => void
}

export const isLive = (disk: MovedDisk): disk is LiveDisk => disk.node !== null

/** A disk of a running zone on its way. */
type LiveDisk = MovedDisk & { readonly node: string }

interface Mirrors extends AsyncDisposable {
  /** @throws ZoneError MIRROR_FAILED: one of them has broken since */
  requireWhole(): Promise<void>
  switchOver(disk: number): Promise<void>
}

/** Copies disks of a running guest, all at once, until each of its writes goes to both. Disposing gives the copies up. */
export async function mirrorDisks(
  { storage }: Host,
  qmp: QmpConnection,
  disks: readonly LiveDisk[],
  { signal, sizes, onBytes }: MirrorOptions,
): Promise<Mirrors> {
  await using undo = new AsyncDisposableStack()
  const graphs = new Map<number, Awaited<ReturnType<typeof blockGraph>>>()
  for (const { id, to, node } of disks) {
    const graph = await blockGraph(to, node, storage, { signal, sizeBytes: sizes.get(id) })
    graphs.set(id, graph)
    await startMirror(qmp, id, graph)
    undo.defer(async () => {
      await endMirror(qmp, id)
      await removeDrive(qmp, node)
    })
  }
  for (;;) {
    signal.throwIfAborted()
    const all = await Promise.all(disks.map(({ id }) => mirrorProgress(qmp, id)))
    const sum = (key: 'doneBytes' | 'totalBytes') => all.reduce((bytes, each) => bytes + each[key], 0)
    onBytes(sum('doneBytes'), sum('totalBytes'))
    if (all.every(({ isReady }) => isReady)) break
    await sleep(lookIntervalMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
  const kept = undo.move()
  return {
    async requireWhole() {
      for (const { id } of disks) await mirrorProgress(qmp, id)
    },
    async switchOver(id) {
      const graph = graphs.get(id)
      if (graph !== undefined) await switchOver(qmp, id, graph)
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}
