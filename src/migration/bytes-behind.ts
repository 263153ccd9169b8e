import type { Peer } from './peer.ts'
import { socketsTo, waitingIn } from './stream-sockets.ts'

const answerTimeoutMs = 1_000

/**
 * How much of what was sent to a target it has not taken in yet. A page of zeros takes QEMU nine bytes, and the target's QEMU
 * more time than this one's, so that seconds of its work find room in the buffers of TCP.
 *
 * @param uri where the memory is sent to
 * @returns undefined: it cannot be told, as with a target of an earlier release. Never throws.
 */
export async function bytesBehind(peer: Peer, migrationId: string, uri: string): Promise<number | undefined> {
  const sockets = socketsTo(uri)
  if (sockets === undefined) return undefined
  const [here, there] = await Promise.all([
    waitingIn(sockets),
    peer.call('peer/unread', { migrationId }, { timeoutMs: answerTimeoutMs }).catch(() => ({ bytes: null })),
  ])
  return here === undefined || there.bytes === null ? undefined : here.unsentBytes + there.bytes
}
