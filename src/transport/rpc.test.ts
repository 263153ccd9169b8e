import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { Exit, ZoneError } from '../errors.ts'
import { type Handler, RpcPeer } from './rpc.ts'

/** Two peers on the ends of a real unix socket. */
async function conversation(handlers: Readonly<Record<string, Handler>>) {
  await using undo = new AsyncDisposableStack()
  const folder = undo.use(await temporaryFolder())
  const path = join(folder.path, 'socket')
  const server = createServer()
  server.listen(path)
  await once(server, 'listening')
  undo.defer(() => void server.close())
  const connected = once(server, 'connection')
  const clientSocket = connect(path)
  const [serverSocket] = (await connected) as [Socket]
  const served = undo.use(new RpcPeer(serverSocket))
  for (const [name, handler] of Object.entries(handlers)) served.handle(name, handler)
  served.listen()
  const client = undo.use(new RpcPeer(clientSocket))
  client.listen()
  const owned = undo.move()
  return { client, served, clientSocket, serverSocket, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** A handler that can be waited for and released. */
function gate() {
  const entered = Promise.withResolvers<AbortSignal>()
  const left = Promise.withResolvers<unknown>()
  const handler: Handler = async (_, { signal }) => {
    entered.resolve(signal)
    return left.promise
  }
  return { handler, entered: entered.promise, leave: left.resolve }
}

test('call() gives what the handler answers; parameters of any shape arrive as they are', async () => {
  await using both = await conversation({ echo: async (params) => params, nothing: async () => undefined })
  for (const params of [
    { a: [1, 'ü\n', null], b: { c: true } },
    [1, 2],
    'text',
    7,
    null,
    'x'.repeat(3_000_000),
  ]) {
    assert.deepEqual(await both.client.call('echo', params), params)
  }
  assert.equal(await both.client.call('nothing', {}), null)
})

test('Calls that overlap get each their own answer, whatever order they end in', async () => {
  const first = gate()
  await using both = await conversation({ slow: first.handler, fast: async () => 'fast' })
  const slow = both.client.call('slow', {})
  await first.entered
  assert.equal(await both.client.call('fast', {}), 'fast')
  first.leave('slow')
  assert.equal(await slow, 'slow')
})

test('Either end can call the other', async () => {
  await using both = await conversation({ ping: async () => both.served.call('pong', 1) })
  both.client.handle('pong', async (params) => Number(params) + 1)
  assert.equal(await both.client.call('ping', {}), 2)
})

test('call() throws the ZoneError of the handler, with code, remedy, exit code and details', async () => {
  const refusal = new ZoneError("zone 'web1': no", {
    code: 'WRONG_STATE',
    remedy: 'halt it',
    exit: Exit.refused,
    details: { report: [1] },
  })
  await using both = await conversation({ fail: () => Promise.reject(refusal) })
  await assert.rejects(both.client.call('fail', {}), (error) => {
    assert.ok(error instanceof ZoneError)
    const { message, code, remedy, exit, details } = error
    assert.deepEqual(
      [message, code, remedy, exit, details],
      [refusal.message, 'WRONG_STATE', 'halt it', 3, { report: [1] }],
    )
    return true
  })
})

test('call() throws a fault of the other end as a fault, with its stack', async () => {
  const fault = new RangeError('fault there')
  await using both = await conversation({ fail: () => Promise.reject(fault) })
  await assert.rejects(both.client.call('fail', {}), (error) => {
    assert.ok(error instanceof Error && !(error instanceof ZoneError))
    assert.equal(error.message, 'fault there')
    assert.equal(error.stack, fault.stack)
    return true
  })
})

test('call() of an operation that the other end does not have fails, and the conversation goes on', async () => {
  await using both = await conversation({ echo: async (params) => params })
  await assert.rejects(both.client.call('none', {}), /none/)
  assert.equal(await both.client.call('echo', 1), 1)
})

test('Progress arrives in order, before the answer, and only at the call that it belongs to', async () => {
  const count: Handler = async (params, { progress }) => {
    for (let step = 1; step <= 3; step += 1) progress(`${String(params)}${step}`)
    return 'done'
  }
  await using both = await conversation({ count })
  const seen = { a: [] as unknown[], b: [] as unknown[] }
  const answers = await Promise.all([
    both.client.call('count', 'a', { onProgress: (value) => seen.a.push(value) }),
    both.client.call('count', 'b', { onProgress: (value) => seen.b.push(value) }),
    both.client.call('count', 'c'),
  ])
  assert.deepEqual(seen, { a: ['a1', 'a2', 'a3'], b: ['b1', 'b2', 'b3'] })
  assert.deepEqual(answers, ['done', 'done', 'done'])
})

test('An aborted call asks the other end to cancel, and ends when the operation has', async () => {
  const log: string[] = []
  const entered = Promise.withResolvers<void>()
  const work: Handler = async (_, { signal }) => {
    entered.resolve()
    await once(signal, 'abort')
    // Undoing takes its time.
    await new Promise((resolve) => setTimeout(resolve, 20))
    log.push('undone')
    throw signal.reason
  }
  await using both = await conversation({ work })
  const controller = new AbortController()
  const call = both.client.call('work', {}, { signal: controller.signal })
  await entered.promise
  controller.abort()
  await assert.rejects(call, { name: 'ZoneError', code: 'CANCELLED' })
  assert.deepEqual(log, ['undone'])
})

test('An operation that ends well in spite of a cancel gives its answer', async () => {
  const held = gate()
  await using both = await conversation({ work: held.handler })
  const controller = new AbortController()
  const call = both.client.call('work', {}, { signal: controller.signal })
  const signal = await held.entered
  controller.abort()
  await once(signal, 'abort')
  held.leave('finished')
  assert.equal(await call, 'finished')
})

test('A call with a signal that is aborted already is not made', async () => {
  let calls = 0
  await using both = await conversation({ work: async () => (calls += 1) })
  const reason = new Error('no longer wanted')
  await assert.rejects(both.client.call('work', {}, { signal: AbortSignal.abort(reason) }), reason)
  assert.equal(await both.client.call('work', {}), 1)
})

test('A caller that vanishes does not abort the operation', async () => {
  const held = gate()
  await using both = await conversation({ work: held.handler })
  const call = both.client.call('work', {}, { onProgress: () => undefined })
  const signal = await held.entered
  both.clientSocket.destroy()
  await assert.rejects(call, { code: 'PEER_LOST' })
  await both.served.closed
  assert.equal(signal.aborted, false)
  held.leave('for nobody')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(signal.aborted, false)
})

test('When the other end goes, all that is pending is told so, and what comes later too', async () => {
  const held = gate()
  await using both = await conversation({ work: held.handler })
  const calls = [both.client.call('work', {}), both.client.call('work', {})]
  await held.entered
  both.serverSocket.destroy()
  for (const call of calls) {
    await assert.rejects(call, {
      code: 'PEER_LOST',
      message: 'The connection to zonesd ended before "work" was answered',
    })
  }
  await both.client.closed
  assert.equal(both.client.isClosed, true)
  await assert.rejects(both.client.call('work', {}), { code: 'PEER_LOST' })
})

test('A call in the very moment in which the other end goes is told so as well', async () => {
  for (const moment of ['end', 'destroy'] as const) {
    await using both = await conversation({ work: async (params) => params })
    both.serverSocket[moment]()
    // Node has not heard of it yet: writing fails.
    const calls = ['x', 'y'.repeat(5_000_000)].map((params) => both.client.call('work', params))
    await Promise.all(calls.map((call) => assert.rejects(call, { code: 'PEER_LOST' }, moment)))
  }
})

test('Garbage instead of messages ends the conversation, not the process', async () => {
  await using both = await conversation({ echo: async (params) => params })
  const pending = both.client.call('none-yet', {})
  pending.catch(() => undefined)
  both.serverSocket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nContent-Length: 5\r\n\r\n{{{{{')
  await both.client.closed
  await assert.rejects(both.client.call('echo', 1), { code: 'PEER_LOST' })
})
