import { once } from 'node:events'
import { createConnection } from 'node:net'
import { ZoneError } from '../errors.ts'
import { streamTransport } from './stream-transport.ts'
import type { QmpTransport } from './transport.ts'

/**
 * Connects to QEMU's QMP socket. That it connects does not yet mean that QEMU serves it: it serves one client at a
 * time, and the next hears no greeting.
 *
 * @param path of the socket, at most 107 bytes
 * @throws ZoneError if nothing listens there
 */
export async function connectUnixTransport(
  path: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<QmpTransport> {
  signal?.throwIfAborted()
  const socket = createConnection(path)
  try {
    await once(socket, 'connect', { signal })
  } catch (error) {
    socket.on('error', () => {}).destroy()
    signal?.throwIfAborted()
    throw new ZoneError(`Cannot connect to QMP socket "${path}": ${reasonOf(error)}`, {
      code: 'QMP_CONNECT',
      remedy: 'See whether the QEMU of this zone is running and reachable by this user',
      cause: error,
    })
  }
  return streamTransport({ name: `QMP socket "${path}"`, input: socket, output: socket })
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nobody listens there',
  EAGAIN: 'too many clients are waiting there',
  EACCES: 'permission denied',
  EINVAL: 'the path is too long',
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  return reasons[code] ?? error.message
}
