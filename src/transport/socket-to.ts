import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import type { SshConnection } from './ssh.ts'
import { checkSocketPath } from './unix.ts'

/** A socket of this host whose only client is joined to something on another one. Removed, with the join, when disposed. */
export interface SocketTo extends AsyncDisposable {
  readonly path: string
}

/**
 * Makes a socket for one client, which is joined to what `dial` connects with. When either of the two ends, so does the other.
 *
 * @param path of the socket; what is there is replaced, and only the owner can connect
 * @throws ZoneError SOCKET_PATH_LONG
 */
export async function openSocketTo(path: string, dial: () => SshConnection): Promise<SocketTo> {
  checkSocketPath(path)
  await rm(path, { force: true })
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(path, { force: true }))
  const ends = new Set<AsyncDisposable>()
  undo.defer(async () => {
    await Promise.all([...ends].map((end) => end[Symbol.asyncDispose]()))
  })
  const server = createServer((client: Socket) => {
    server.close()
    const there = dial()
    ends.add(there)
    client.on('error', () => undefined)
    client.pipe(there.stream).pipe(client)
    client.once('close', () => void there[Symbol.asyncDispose]())
    there.stream.once('close', () => client.destroy())
  })
  undo.defer(() => void server.close())
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
  const owned = undo.move()
  return { path, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
