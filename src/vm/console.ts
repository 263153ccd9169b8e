import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { checkSocketPath, connectUnix } from '../transport/unix.ts'

const keptBytes = 16 * 1024
/** A client that leaves so much unread is let go: the guest must not fill zonesd's memory. */
const unreadBytes = 4 * 1024 * 1024

/** First line that a console client gets: then the console itself follows, byte for byte. */
export const consoleGranted = 'kzone-console: connected\n'
export const consoleBusy = 'kzone-console: in use\n'

/**
 * The console of one zone: reads the guest's serial port all the time, so that the guest never waits for a reader,
 * keeps the last of it, and offers it to one `zlogin -C` at a time.
 */
export class ZoneConsole implements AsyncDisposable {
  readonly #guest: Socket
  readonly #server: Server
  readonly #socketPath: string
  #client: Socket | undefined
  #tail = Buffer.alloc(0)

  private constructor(guest: Socket, server: Server, socketPath: string) {
    this.#guest = guest
    this.#server = server
    this.#socketPath = socketPath
    guest.on('data', (bytes: Buffer) => this.#fromGuest(bytes))
    guest.on('error', () => undefined)
    guest.once('close', () => this.#client?.end())
    server.on('connection', (client) => this.#accept(client))
  }

  /**
   * @param guestSocket QEMU's end
   * @param socketPath where zlogin connects
   * @returns undefined if QEMU does not offer a console any more
   */
  static async open(guestSocket: string, socketPath: string): Promise<ZoneConsole | undefined> {
    const guest = await connectUnix(guestSocket)
    if (guest === undefined) return undefined
    await rm(socketPath, { force: true })
    const server = createServer()
    const console = new ZoneConsole(guest, server, socketPath)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    server.listen(checkSocketPath(socketPath), resolve)
    await promise
    await chmod(socketPath, 0o600)
    return console
  }

  #fromGuest(bytes: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-keptBytes)
    const client = this.#client
    if (client === undefined) return
    client.write(bytes)
    if (client.writableLength > unreadBytes) client.destroy()
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined)
    if (this.#client !== undefined) {
      client.end(consoleBusy)
      return
    }
    this.#client = client
    client.once('close', () => {
      this.#client = undefined
    })
    client.write(consoleGranted)
    client.write(this.#tail)
    client.on('data', (bytes: Buffer) => this.#guest.write(bytes))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.destroy()
    this.#guest.destroy()
    this.#server.close()
    await rm(this.#socketPath, { force: true })
  }
}
