import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { placedStreamKey } from '../migration/stream-key.ts'
import type { HostLayout } from '../util/host-layout.ts'

/** Folders with the key of a stream or of a trial, or with what was read of a guest's memory for a forecast. */
const stale = /^(\.trial-.*\.key|.*\.key(\.trial|\.forecast)?)$/

/** Sockets of helpers, which end with the zonesd that has started them. */
const staleSocket = /\.(image|hostdata)$/

/**
 * Removes the keys of streams that an earlier zonesd was killed with: no stream is begun any more by it, and QEMU has read
 * those of the streams that flow. The sockets of its helpers go with them.
 */
export async function removeStaleKeys({ runFolder }: Pick<HostLayout, 'runFolder'>): Promise<void> {
  const entries = await readdir(runFolder, { withFileTypes: true })
  for (const entry of entries) {
    if (entry.isDirectory() && stale.test(entry.name)) {
      await placedStreamKey(join(runFolder, entry.name))[Symbol.asyncDispose]()
    }
    if (entry.isSocket() && staleSocket.test(entry.name))
      await rm(join(runFolder, entry.name), { force: true })
  }
}
