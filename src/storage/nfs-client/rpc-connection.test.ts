import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { RpcConnection } from './rpc-connection.ts'
import { xdrNumbers } from './xdr.ts'

const last = 0x8000_0000

/** A server that answers the first call as the test says. */
async function answering(answer: (call: Buffer, socket: Socket) => void) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined).once('data', (call: Buffer) => answer(call, socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async call(signal = AbortSignal.timeout(10_000)) {
      using connection = await RpcConnection.open({ host: '127.0.0.1', port }, { uid: 1, gid: 2 }, signal)
      return (await connection.call(100_003, 3, 1)).number()
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const transactionOf = (call: Buffer) => call.readUInt32BE(4)
const fragment = (mark: number, bytes: Buffer) =>
  Buffer.concat([xdrNumbers((mark | bytes.length) >>> 0), bytes])
/** Accepted, no verifier, success; then one number as the result. */
const success = (call: Buffer, result: number) => xdrNumbers(transactionOf(call), 1, 0, 0, 0, 0, result)

test('An answer is read whether it comes in one fragment, in several, or byte by byte', async () => {
  using whole = await answering((call, socket) => socket.write(fragment(last, success(call, 7))))
  assert.equal(await whole.call(), 7)
  using several = await answering((call, socket) => {
    const answer = success(call, 8)
    socket.write(fragment(0, answer.subarray(0, 5)))
    socket.write(fragment(last, answer.subarray(5)))
  })
  assert.equal(await several.call(), 8)
  using slow = await answering((call, socket) => {
    for (const byte of fragment(last, success(call, 9))) socket.write(Buffer.from([byte]))
  })
  assert.equal(await slow.call(), 9)
})

const faults: readonly (readonly [what: string, answer: (call: Buffer) => Buffer, words: RegExp])[] = [
  ['another answer', () => fragment(last, xdrNumbers(1, 1, 0, 0, 0, 0, 7)), /something else/],
  [
    'a refusal',
    (call) => fragment(last, xdrNumbers(transactionOf(call), 1, 1, 1, 1)),
    /wants other credentials/,
  ],
  [
    'no such program',
    (call) => fragment(last, xdrNumbers(transactionOf(call), 1, 0, 0, 0, 1)),
    /does not serve this program/,
  ],
  [
    'an answer that ends too early',
    (call) => fragment(last, xdrNumbers(transactionOf(call), 1, 0)),
    /less than it should/,
  ],
  ['an answer without end', () => xdrNumbers(0x7fff_ffff), /more than it should/],
]

for (const [what, answer, words] of faults) {
  test(`${what} is told in words`, async () => {
    using server = await answering((call, socket) => socket.write(answer(call)))
    await assert.rejects(server.call(), words)
  })
}

test('A server that hangs up, and one that never answers, hold nobody up', async () => {
  using rude = await answering((_, socket) => socket.end())
  await assert.rejects(rude.call(), /ended the conversation/)
  using silent = await answering(() => undefined)
  await assert.rejects(silent.call(AbortSignal.timeout(100)), { name: 'TimeoutError' })
})
