import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { consoleBusy, consoleGranted, ZoneConsole } from './console.ts'

/** A console with a serial port behind it, as QEMU has one. */
async function consoleOf() {
  await using undo = new AsyncDisposableStack()
  const folder = undo.use(await temporaryFolder())
  const [guestPath, path] = [join(folder.path, 'tty'), join(folder.path, 'console')]
  const port = createServer()
  port.listen(guestPath)
  await once(port, 'listening')
  undo.defer(() => void port.close())
  const connected = once(port, 'connection')
  const zoneConsole = await ZoneConsole.open(guestPath, path)
  assert.ok(zoneConsole !== undefined)
  undo.use(zoneConsole)
  const [guest] = (await connected) as [Socket]
  undo.defer(() => void guest.destroy())
  const owned = undo.move()
  return { guest, path, zoneConsole, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** A client that notes what it reads. */
function client(path: string) {
  const socket = connect(path)
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
  })
  const reads = async (wanted: string) => {
    while (!text.includes(wanted)) await once(socket, 'data', { signal: AbortSignal.timeout(20_000) })
  }
  return { socket, reads, text: () => text, [Symbol.dispose]: () => void socket.destroy() }
}

test('A client gets what the guest said before, then all that it says, and is heard by it', async () => {
  await using zone = await consoleOf()
  zone.guest.write('login: ')
  using first = client(zone.path)
  await first.reads('login: ')
  assert.ok(first.text().startsWith(consoleGranted))
  const heard = once(zone.guest, 'data')
  first.socket.write('root\r')
  assert.equal(String((await heard)[0]), 'root\r')
  zone.guest.write('Password: ')
  await first.reads('Password: ')
  assert.equal(first.text(), `${consoleGranted}login: Password: `)
})

test('A second client is told that the console is in use, and gets it when the first has left', async () => {
  await using zone = await consoleOf()
  using first = client(zone.path)
  await first.reads(consoleGranted)
  using second = client(zone.path)
  await once(second.socket, 'close')
  assert.equal(second.text(), consoleBusy)
  zone.guest.write('still there\n')
  await first.reads('still there')
  first.socket.destroy()
  let isGranted = false
  while (!isGranted) {
    using next = client(zone.path)
    await next.reads('\n')
    isGranted = next.text().startsWith(consoleGranted)
  }
})

test('Of a guest that talks on without a reader the last is kept, and it never has to wait', async () => {
  await using zone = await consoleOf()
  for (let line = 0; line < 20_000; line += 1) {
    if (!zone.guest.write(`line ${line} ${'x'.repeat(40)}\n`)) await once(zone.guest, 'drain')
  }
  zone.guest.write('the end\n')
  {
    using reader = client(zone.path)
    await reader.reads('the end')
  }
  // Only the next one gets nothing but what was kept.
  let seen = ''
  while (!seen.startsWith(consoleGranted)) {
    using reader = client(zone.path)
    await reader.reads('\n')
    if (!reader.text().startsWith(consoleGranted)) continue
    await reader.reads('the end')
    seen = reader.text()
  }
  assert.equal(seen.length, consoleGranted.length + 16 * 1024)
  assert.match(seen, /line 19999 /)
})

test('A client that does not read is let go in the end; the guest goes on', async () => {
  await using zone = await consoleOf()
  using slow = client(zone.path)
  await slow.reads(consoleGranted)
  slow.socket.pause()
  let isGone = false
  const block = Buffer.alloc(256 * 1024, 'x')
  for (let sent = 0; sent < 200 && !isGone; sent += 1) {
    if (!zone.guest.write(block)) await once(zone.guest, 'drain', { signal: AbortSignal.timeout(20_000) })
    using probe = client(zone.path)
    await probe.reads('\n')
    isGone = probe.text().startsWith(consoleGranted)
  }
  assert.ok(isGone)
})

test('The client is told when the zone ends, and nothing is left', async () => {
  await using zone = await consoleOf()
  assert.equal((await stat(zone.path)).mode & 0o777, 0o600)
  using reader = client(zone.path)
  await reader.reads(consoleGranted)
  const closed = once(reader.socket, 'close')
  zone.guest.end('last words\n')
  await closed
  assert.match(reader.text(), /last words/)
  await zone.zoneConsole[Symbol.asyncDispose]()
  assert.equal(existsSync(zone.path), false)
})

test('Without a QEMU there is no console', async () => {
  await using folder = await temporaryFolder()
  assert.equal(await ZoneConsole.open(join(folder.path, 'none'), join(folder.path, 'console')), undefined)
})
