import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { retryUntil } from '../util/retry-until.ts'
import { socketsAt, socketsTo, waitingIn } from './stream-sockets.ts'

test('Only what goes by TCP has sockets', () => {
  assert.deepEqual(socketsTo('tcp:10.0.0.2:4711'), ['dst', '10.0.0.2', 'dport', '=', '4711'])
  assert.deepEqual(socketsTo('tcp:[fd00::2]:4711'), ['dst', '[fd00::2]', 'dport', '=', '4711'])
  assert.equal(socketsTo('unix:/run/socket'), undefined)
})

test('What a program has not read waits at its port, and what found no more room there where it came from', async () => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const port = String(address.port)
  const [here, there] = [socketsTo(`tcp:127.0.0.1:${port}`) ?? [], socketsAt(port)]
  assert.equal(await waitingIn(here), undefined)

  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect(address.port, '127.0.0.1')
  const [socket] = await accepted
  try {
    assert.deepEqual(await waitingIn(there), { unreadBytes: 0, unsentBytes: 0 })
    client.write(Buffer.alloc(10_000))
    const come = async () => ((await waitingIn(there))?.unreadBytes === 10_000 ? true : undefined)
    assert.ok(await retryUntil(come, { timeoutMs: 10_000, intervalMs: 20 }))
    client.write(Buffer.alloc(64 * 1024 ** 2))
    const held = async () => ((await waitingIn(here))?.unsentBytes ?? 0) > 0 || undefined
    assert.ok(await retryUntil(held, { timeoutMs: 10_000, intervalMs: 20 }))
    socket.resume()
    const read = async () => {
      const [source, target] = [await waitingIn(here), await waitingIn(there)]
      return source?.unsentBytes === 0 && target?.unreadBytes === 0 ? true : undefined
    }
    assert.ok(await retryUntil(read, { timeoutMs: 20_000, intervalMs: 20 }))
  } finally {
    client.destroy()
    socket.destroy()
    server.close()
  }
})
