import type { QmpConnection } from '../qmp/connection.ts'
import { listenForQemu } from './listen-for-qemu.ts'
import type { MemoryProgress } from './memory-progress.ts'
import { sendMemory } from './send-memory.ts'
import { plainStream } from './stream-settings.ts'

export interface SaveOptions {
  /** Path for a unix socket; it is gone afterwards. */
  readonly socket: string
  readonly signal: AbortSignal
  readonly onProgress: (progress: MemoryProgress) => void
}

/**
 * Stops a guest and hands its whole state on, as a stream. When it resolves, QEMU has sent everything and its guest
 * does not run again by itself.
 *
 * @param take reads the stream to its end
 * @returns what `take` answers
 * @throws ZoneError TRANSFER_FAILED; what `take` throws; the signal's reason. `takeBack()` then makes the guest run again.
 */
export async function saveState<T>(
  qmp: QmpConnection,
  take: (state: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<T>,
  { socket: path, signal, onProgress }: SaveOptions,
): Promise<T> {
  await using server = await listenForQemu(path)
  await qmp.execute('stop', {}, { signal })
  await plainStream(qmp)
  // If one of the two ends early, so does the other.
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const end = (error: unknown) => {
    failed.abort(error)
    throw error
  }
  const taken = server.connection(either).then((state) => take(state, either))
  const [answer] = await Promise.all([
    taken.catch(end),
    sendMemory(qmp, `unix:${path}`, either, { onProgress }).catch(end),
  ])
  return answer
}
