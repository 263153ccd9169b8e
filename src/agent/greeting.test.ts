import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { RpcPeer } from '../transport/rpc.ts'
import { formatGreeting, readGreeting } from './greeting.ts'

async function sockets() {
  await using undo = new AsyncDisposableStack()
  const folder = undo.use(await temporaryFolder())
  const path = join(folder.path, 'socket')
  const server = createServer()
  server.listen(path)
  await once(server, 'listening')
  undo.defer(() => void server.close())
  const connected = once(server, 'connection')
  const caller = connect(path)
  undo.defer(() => void caller.destroy())
  const [served] = (await connected) as [Socket]
  served.on('error', () => undefined)
  undo.defer(() => void served.destroy())
  const owned = undo.move()
  return { caller, served, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const ssh = { kzone: 1, via: 'ssh', address: 'fd00::2' } as const

test('A greeting is read as it was written, whatever pieces it arrives in', async () => {
  const text = formatGreeting(ssh)
  for (const size of [1, 7, text.length - 1, text.length]) {
    await using both = await sockets()
    const greeting = readGreeting(both.served)
    for (let at = 0; at < text.length; at += size) {
      both.caller.write(text.slice(at, at + size))
      await turn()
    }
    assert.deepEqual(await greeting, ssh)
  }
})

test('What follows the greeting is left for the conversation, also in the same piece', async () => {
  await using both = await sockets()
  // The caller speaks before it is answered, as zoneadm does: both arrive at once.
  both.caller.write(formatGreeting({ kzone: 1, via: 'local' }))
  await using client = new RpcPeer(both.caller)
  client.listen()
  const answer = client.call('echo', 'x'.repeat(100_000))
  assert.deepEqual(await readGreeting(both.served), { kzone: 1, via: 'local' })
  await using peer = new RpcPeer(both.served)
  peer.handle('echo', async (params) => params)
  peer.listen()
  assert.equal(await answer, 'x'.repeat(100_000))
})

const wrong = [
  'GET / HTTP/1.1\r\n',
  '\n',
  '{}\n',
  'null\n',
  '{"kzone":2,"via":"local"}\n',
  '{"kzone":1,"via":"carrier pigeon"}\n',
  '{"kzone":1,"via":"ssh","address":7}\n',
  `${'x'.repeat(5000)}`,
  Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
]

for (const bytes of wrong) {
  const shown = JSON.stringify(bytes.toString('latin1').slice(0, 40))
  test(`A caller that begins with ${shown} is no kzone`, async () => {
    await using both = await sockets()
    both.caller.write(bytes)
    assert.equal(await readGreeting(both.served), undefined)
  })
}

test('A caller that leaves before it has finished is no kzone', async () => {
  await using both = await sockets()
  const greeting = readGreeting(both.served)
  both.caller.end('{"kzone":1')
  assert.equal(await greeting, undefined)
})

test('A caller that says nothing is given up after ten seconds', async (context) => {
  await using both = await sockets()
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const greeting = readGreeting(both.served)
  let isOver = false
  void greeting.then(() => (isOver = true))
  context.mock.timers.tick(9_999)
  await turn()
  assert.equal(isOver, false)
  context.mock.timers.tick(1)
  assert.equal(await greeting, undefined)
})
