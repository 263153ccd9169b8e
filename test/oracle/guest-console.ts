import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectUnix } from '../../src/transport/unix.ts'
import { isFull, lastReport } from './guest/report.ts'

/** On a busy host all processors of a guest have to get their turn for it. */
const reportTimeoutMs = 40_000
/** The firmware swallows what comes before the guest runs. */
const askAgainMs = 400

/** The serial port of the reporting guest. */
export class GuestConsole implements Disposable {
  readonly #socket: Socket
  #text = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#text += text
    })
    socket.on('error', () => undefined)
  }

  static async open(path: string): Promise<GuestConsole> {
    const socket = await connectUnix(path)
    if (socket === undefined) throw new Error(`QEMU offers no console at ${path}`)
    return new GuestConsole(socket)
  }

  /**
   * Asks the guest for a report.
   *
   * @param kind on itself and its machine, or on itself alone, which takes a tenth of the time
   * @throws Error with what it said instead, if it does not answer
   */
  async report(kind: 'full' | 'short'): Promise<string> {
    this.#text = ''
    const end = performance.now() + reportTimeoutMs
    let askAt = 0
    while (performance.now() < end) {
      if (performance.now() >= askAt && !this.#text.includes('\nround ')) {
        this.#socket.write(kind === 'full' ? 'r' : 's')
        askAt = performance.now() + askAgainMs
      }
      const report = lastReport(this.#text)
      if (report !== undefined && (kind === 'short' || isFull(report))) return this.#text
      // A late answer to what was asked before, on a busy host.
      if (report !== undefined) this.#text = ''
      await sleep(5)
    }
    throw new Error(`The guest does not answer: ${JSON.stringify(this.#text.slice(-200))}`)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
