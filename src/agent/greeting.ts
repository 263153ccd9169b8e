import type { Socket } from 'node:net'
import { z } from 'zod'

/** The first line on a connection to zonesd: who is calling, and how. After it come the messages. */
const greeting = z.object({
  kzone: z.literal(1),
  via: z.enum(['local', 'ssh']),
  /** Address of this host that the caller's ssh has reached: another host's QEMU reaches it too. */
  address: z.string().optional(),
})
export type Greeting = z.infer<typeof greeting>

const maxGreetingBytes = 4096
const greetingTimeoutMs = 10_000

export function formatGreeting(value: Greeting): string {
  return `${JSON.stringify(value)}\n`
}

/** Reads the greeting; what follows it stays in the stream. Undefined: the caller is no kzone, or said nothing. */
export function readGreeting(socket: Socket): Promise<Greeting | undefined> {
  const { promise, resolve } = Promise.withResolvers<Greeting | undefined>()
  let received = Buffer.alloc(0)
  const timer = setTimeout(() => end(undefined), greetingTimeoutMs)
  function end(value: Greeting | undefined): void {
    clearTimeout(timer)
    socket.off('readable', read)
    socket.off('close', gone)
    resolve(value)
  }
  const gone = () => end(undefined)
  function read(): void {
    const bytes = socket.read() as Buffer | null
    if (bytes === null) return
    received = Buffer.concat([received, bytes])
    const newline = received.indexOf('\n')
    if (newline === -1) {
      if (received.length > maxGreetingBytes) end(undefined)
      return
    }
    const rest = received.subarray(newline + 1)
    if (rest.length > 0) socket.unshift(rest)
    end(parse(received.subarray(0, newline).toString()))
  }
  socket.on('readable', read)
  socket.once('close', gone)
  return promise
}

function parse(line: string): Greeting | undefined {
  try {
    return greeting.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}
