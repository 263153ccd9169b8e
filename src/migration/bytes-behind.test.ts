import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { scriptedPeer } from '../../test/fixtures/peer/scripted-peer.ts'
import { ZoneError } from '../errors.ts'
import { bytesBehind } from './bytes-behind.ts'

test('A target is behind by what it has not read; where one end cannot tell, nobody knows', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const uri = `tcp:127.0.0.1:${address.port}`
  const behind = (answer: () => { bytes: number | null }, to = uri) =>
    bytesBehind(scriptedPeer({ 'peer/unread': answer }).peer, 'b8a5e2d6-6f0f-4f0e-9c55-0a1d0a1d0a1d', to)
  assert.equal(await behind(() => ({ bytes: 7 })), undefined, 'there is no connection')

  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect(address.port, '127.0.0.1')
  const [socket] = await accepted
  try {
    assert.equal(await behind(() => ({ bytes: 7 })), 7)
    assert.equal(await behind(() => ({ bytes: null })), undefined)
    const older = () => {
      throw new ZoneError('Unknown operation', { code: 'UNKNOWN_METHOD' })
    }
    assert.equal(await behind(older), undefined)
    assert.equal(await behind(() => ({ bytes: 7 }), 'unix:/run/socket'), undefined)
  } finally {
    client.destroy()
    socket.destroy()
    server.close()
  }
})
