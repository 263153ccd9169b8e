import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { checkSocketPath } from '../transport/unix.ts'

/** A socket of this host to which its QEMU sends the state of a guest. Removed, with the connection, when disposed. */
export interface QemuListener extends AsyncDisposable {
  /** The first connection. @throws the signal's reason */
  connection(signal?: AbortSignal): Promise<Socket>
}

/**
 * @param path of the socket; what is there is replaced, and only the owner can connect
 * @throws ZoneError SOCKET_PATH_LONG
 */
export async function listenForQemu(path: string): Promise<QemuListener> {
  checkSocketPath(path)
  await rm(path, { force: true })
  const server = createServer()
  const sockets: Socket[] = []
  server.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)))
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
  return {
    async connection(signal) {
      if (sockets[0] === undefined) await once(server, 'connection', { signal })
      const [socket] = sockets
      if (socket === undefined) throw new Error('A connection without a socket')
      return socket
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await rm(path, { force: true })
    },
  }
}
