import { connect, type Socket } from 'node:net'
import { ZoneError } from '../errors.ts'

/** The kernel's limit for the path of a unix socket (unix(7), sun_path), without the closing zero. */
const maxSocketPathBytes = 107

/** @throws ZoneError SOCKET_PATH_LONG: the kernel would cut the path */
export function checkSocketPath(path: string): string {
  const bytes = Buffer.byteLength(path)
  if (bytes <= maxSocketPathBytes) return path
  throw new ZoneError(
    `Cannot use the socket "${path}": ${bytes} bytes, the system allows ${maxSocketPathBytes}`,
    {
      code: 'SOCKET_PATH_LONG',
      remedy: 'Use a shorter KZ_ROOT or zone name',
    },
  )
}

/** Connects to a unix socket; resolves undefined if nobody listens there. */
export function connectUnix(path: string): Promise<Socket | undefined> {
  checkSocketPath(path)
  const { promise, resolve, reject } = Promise.withResolvers<Socket | undefined>()
  const socket = connect(path)
  const fail = (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR')
      return resolve(undefined)
    if (error.code === 'EACCES') {
      return reject(
        new ZoneError(`Cannot reach zonesd: permission denied for "${path}"`, {
          code: 'NOT_PERMITTED',
          remedy: 'Run the command as root',
          cause: error,
        }),
      )
    }
    return reject(error)
  }
  socket.once('error', fail)
  socket.once('connect', () => {
    socket.off('error', fail)
    resolve(socket)
  })
  return promise
}
