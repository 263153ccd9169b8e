import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { retryUntil } from '../../util/retry-until.ts'
import { ZoneConsole } from '../../vm/console.ts'
import { type MemoryIo, memoryIo } from '../memory-io.ts'
import { runConsoleSession } from './console-session.ts'

interface Guest extends AsyncDisposable {
  /** The serial port as the guest has it. */
  readonly port: Socket
  readonly socketPath: string
  readonly read: () => string
}

/** A guest's serial port, and zonesd's console on it. */
async function startGuest(): Promise<Guest> {
  const folder = await mkdtemp(join(tmpdir(), 'kz-console-'))
  const server = createServer().listen(join(folder, 'tty'))
  const connected = once(server, 'connection')
  const socketPath = join(folder, 'console')
  const console = await ZoneConsole.open(join(folder, 'tty'), socketPath)
  const [port] = (await connected) as [Socket]
  let typed = ''
  port.on('data', (bytes: Buffer) => {
    typed += bytes.toString()
  })
  return {
    port,
    socketPath,
    read: () => typed,
    async [Symbol.asyncDispose]() {
      await console?.[Symbol.asyncDispose]()
      port.destroy()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}

function start(io: MemoryIo, { socketPath }: Guest, signal = new AbortController().signal) {
  return runConsoleSession(io, { zone: 'web1', socketPath, escape: '~', signal })
}

async function until(condition: () => boolean): Promise<void> {
  const met = await retryUntil(() => condition() || undefined, { timeoutMs: 5000, intervalMs: 2 })
  assert.ok(met, 'waited too long')
}

/** A terminal that notes when it is raw. */
function terminal(): { io: MemoryIo; modes: boolean[] } {
  const io = memoryIo({ tty: true })
  const modes: boolean[] = []
  io.stdin.setRawMode = (raw) => modes.push(raw)
  return { io, modes }
}

test('runConsoleSession() carries both ways, leaves by the escape and restores the terminal', async () => {
  await using guest = await startGuest()
  const { io, modes } = terminal()
  const session = start(io, guest)
  guest.port.write('login: ')
  await until(() => io.out().includes('login: '))
  io.stdin.write('root\r')
  await until(() => guest.read() === 'root\r')
  assert.deepEqual(modes, [true])
  io.stdin.write('~.')
  await session
  assert.deepEqual(modes, [true, false])
  assert.equal(
    io.out(),
    "[Connected to zone 'web1' console]\nlogin: \r\n[Connection to zone 'web1' console closed]\n",
  )
})

test('runConsoleSession() sends what is piped in, shows what is there, and ends with the input', async () => {
  await using guest = await startGuest()
  guest.port.write('booted\n')
  const io = memoryIo()
  io.stdin.end('hello\n')
  await start(io, guest)
  await until(() => guest.read() === 'hello\n')
  assert.match(io.out(), /^\[Connected[^\n]+\n(booted\n)?\n\[Connection[^\n]+closed\]\n$/)
})

test('runConsoleSession() ends with the zone', async () => {
  await using guest = await startGuest()
  const { io, modes } = terminal()
  const session = start(io, guest)
  await until(() => modes.length === 1)
  guest.port.end('bye')
  await session
  assert.match(io.out(), /bye\r\n\[Connection/)
  assert.deepEqual(modes, [true, false])
})

test('runConsoleSession() restores the terminal when it is interrupted', async () => {
  await using guest = await startGuest()
  const { io, modes } = terminal()
  const controller = new AbortController()
  const session = start(io, guest, controller.signal)
  await until(() => modes.length === 1)
  controller.abort()
  await session
  assert.deepEqual(modes, [true, false])
})

test('runConsoleSession() says that the console is in use and leaves the terminal alone', async () => {
  await using guest = await startGuest()
  const first = memoryIo()
  const session = start(first, guest)
  await until(() => first.out() !== '')
  const { io, modes } = terminal()
  await assert.rejects(start(io, guest), { code: 'CONSOLE_BUSY', exit: 1 })
  assert.deepEqual([io.out(), modes], ['', []])
  first.stdin.end()
  await session
})

test('runConsoleSession() says that there is no console', async () => {
  const guest = await startGuest()
  await guest[Symbol.asyncDispose]()
  await assert.rejects(start(memoryIo(), guest), { code: 'CONSOLE_GONE' })
})
