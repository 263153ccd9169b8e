import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { QmpConnection } from './connection.ts'
import { connectUnixTransport } from './unix-transport.ts'

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'kzone-qmp-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

/** Serves one client: sends it the bytes and, if told so, hangs up. */
async function serve(path: string, bytes: string | Buffer, { hangUp = false } = {}) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write(bytes)
    if (hangUp) socket.end()
  })
  server.listen(path)
  await once(server, 'listening')
  return { [Symbol.asyncDispose]: async () => void server.close() }
}

const greeting =
  '{"QMP":{"version":{"qemu":{"major":7,"minor":2,"micro":0},"package":""},"capabilities":[]}}\r\n'

test('Nobody at the socket is an error of the operator, with the path', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'none.qmp')
  await assert.rejects(connectUnixTransport(path), {
    code: 'QMP_CONNECT',
    message: `Cannot connect to QMP socket "${path}": there is no such socket`,
  })
  await assert.rejects(connectUnixTransport(`/${'x'.repeat(200)}`), { code: 'QMP_CONNECT' })
})

test('A greeting that came long before open() is not lost', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'q')
  await using _server = await serve(path, `${greeting}{"return":{},"id":1}\r\n`)
  const transport = await connectUnixTransport(path)
  await delay(20)
  // The answer stands there before its command: that is refused, so the greeting was read.
  await assert.rejects(QmpConnection.open(transport), /number 1, which was never sent/)
})

const endings = {
  'half a greeting': [greeting.slice(0, 30), /closed the connection/],
  'no greeting': ['', /closed the connection/],
  'no JSON': ['HTTP/1.1 400 Bad Request\r\n\r\n', /Not a QMP message "HTTP/],
  'a line without an end': [Buffer.alloc(17 * 1024 * 1024, 'x'), /is not QMP/],
} as const
for (const [title, [bytes, expected]] of Object.entries(endings)) {
  test(`A peer that sends ${title} and hangs up fails open()`, async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'q')
    await using _server = await serve(path, bytes, { hangUp: true })
    await assert.rejects(QmpConnection.open(await connectUnixTransport(path)), expected)
  })
}

test('A second client on the QMP socket of a QEMU is told so after the deadline of the greeting', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'q')
  const machine = ['-machine', 'none', '-accel', 'tcg', '-S', '-display', 'none', '-nodefaults']
  const qemu = spawn('qemu-system-x86_64', [...machine, '-qmp', `unix:${path},server=on,wait=off`], {
    stdio: 'ignore',
  })
  const exited = once(qemu, 'exit')
  try {
    for (let tries = 0; tries < 200 && !(await exists(path)); tries += 1) await delay(25)
    await using first = await QmpConnection.open(await connectUnixTransport(path))
    const second = QmpConnection.open(await connectUnixTransport(path), { timeoutMs: 100 })
    await assert.rejects(second, {
      code: 'QMP_TIMEOUT',
      message: `No greeting from QMP socket "${path}" within 100 ms`,
    })
    assert.equal((await first.execute('query-status')).running, false)
    await first.execute('quit')
    assert.match((await first.closed).message, /closed the connection|ECONNRESET/)
  } finally {
    qemu.kill('SIGKILL')
    await exited
  }
})

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
