import type { Socket } from 'node:net'
import { ZoneError } from '../../errors.ts'
import { connectUnix } from '../../transport/unix.ts'
import { consoleBusy, consoleGranted } from '../../vm/console.ts'
import type { CliIo } from '../io.ts'
import { EscapeFilter } from './escape-filter.ts'

export interface ConsoleSessionOptions {
  readonly zone: string
  /** Where zonesd offers the console. */
  readonly socketPath: string
  /** Undefined: no escape; the console is left when standard input ends or the zone does. */
  readonly escape: string | undefined
  readonly signal: AbortSignal
}

/**
 * Connects the terminal, or whatever the streams are, with a zone's console until the escape is typed, standard input
 * or the zone ends, or the signal is aborted. The terminal is restored in any case.
 *
 * @throws ZoneError CONSOLE_BUSY, CONSOLE_GONE
 */
export async function runConsoleSession(
  { stdin, stdout }: CliIo,
  { zone, socketPath, escape, signal }: ConsoleSessionOptions,
): Promise<void> {
  const socket = await connectUnix(socketPath)
  if (socket === undefined) throw consoleGone(zone)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  // The end of the connection says all that matters.
  socket.on('error', () => undefined)
  const leave = () => socket.destroy()
  const filter = new EscapeFilter(escape)
  const typed = (bytes: Buffer | string) => {
    const { send, leave: isLeft } = filter.push(Buffer.from(bytes))
    if (send.length > 0 && !socket.write(send)) {
      stdin.pause()
      socket.once('drain', () => stdin.resume())
    }
    // What was typed before the escape is still sent.
    if (isLeft) socket.end(leave)
  }
  const inputEnded = () => socket.end()
  const restore = () => stdin.setRawMode?.(false)
  let isRaw = false
  try {
    const first = await greeting(socket, zone)
    stdout.write(`[Connected to zone '${zone}' console]\n`)
    stdout.write(first)
    if (stdin.isTTY === true) {
      isRaw = true
      stdin.setRawMode?.(true)
      process.once('exit', restore)
    }
    socket.on('data', (bytes: Buffer) => {
      if (stdout.write(bytes)) return
      socket.pause()
      stdout.once('drain', () => socket.resume())
    })
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    stdin.on('data', typed).once('end', inputEnded).resume()
    socket.resume()
    await closed
    stdout.write(`${stdin.isTTY === true ? '\r' : ''}\n[Connection to zone '${zone}' console closed]\n`)
  } finally {
    signal.removeEventListener('abort', leave)
    stdin.off('data', typed).off('end', inputEnded).pause()
    process.off('exit', restore)
    if (isRaw) restore()
    socket.destroy()
  }
}

/** Reads the first line that zonesd sends; answers what of the console came with it. */
async function greeting(socket: Socket, zone: string): Promise<Buffer> {
  let received = Buffer.alloc(0)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const read = (bytes: Buffer) => {
    received = Buffer.concat([received, bytes])
    if (received.includes('\n')) resolve(true)
  }
  socket.on('data', read)
  socket.once('close', () => resolve(false))
  const isComplete = await promise
  socket.off('data', read).pause()
  const text = received.toString('latin1')
  if (text.startsWith(consoleGranted)) return received.subarray(consoleGranted.length)
  if (!text.startsWith(consoleBusy)) {
    throw isComplete ? new Error(`zonesd greeted with "${text.split('\n')[0]}"`) : consoleGone(zone)
  }
  throw new ZoneError(`zone '${zone}': its console is in use by another zlogin`, {
    code: 'CONSOLE_BUSY',
    remedy: 'Leave the console there: ~. at the beginning of a line',
  })
}

function consoleGone(zone: string): ZoneError {
  return new ZoneError(`zone '${zone}': its console has been closed`, {
    code: 'CONSOLE_GONE',
    remedy: `See whether it runs: zoneadm -z ${zone} list -v`,
  })
}
