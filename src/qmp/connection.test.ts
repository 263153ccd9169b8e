import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZoneError } from '../errors.ts'
import { QmpConnection } from './connection.ts'
import { FakeTransport } from './fake-transport.ts'
import { QmpClosedError, QmpError, QmpProtocolError, QmpTimeoutError } from './qmp-errors.ts'
import { statusSchema } from './schemas.ts'

async function openFake() {
  const transport = new FakeTransport().greet()
  return { transport, qmp: await QmpConnection.open(transport) }
}

test('open() negotiates and tells the version of the greeting', async () => {
  const { transport, qmp } = await openFake()
  assert.deepEqual(
    transport.sent.map(({ execute }) => execute),
    ['qmp_capabilities'],
  )
  assert.equal(qmp.version.qemu.major, 7)
})

test('open() fails and closes when no greeting comes in time', async () => {
  const transport = new FakeTransport()
  await assert.rejects(QmpConnection.open(transport, { timeoutMs: 10 }), (error) => {
    assert(error instanceof QmpTimeoutError && error instanceof ZoneError)
    assert.equal(error.message, 'No greeting from fake QEMU within 10 ms')
    assert.match(error.remedy ?? '', /one client/)
    return true
  })
  assert(transport.isClosed)
})

test('open() fails and closes when qmp_capabilities is refused', async () => {
  const transport = new FakeTransport(({ id }, self) =>
    self.say({ id, error: { class: 'GenericError', desc: 'no' } }),
  )
  await assert.rejects(QmpConnection.open(transport.greet()), /QEMU refused "qmp_capabilities": no/)
  assert(transport.isClosed)
})

test('open() fails when the peer hangs up instead of greeting', async () => {
  const transport = new FakeTransport()
  const opening = QmpConnection.open(transport)
  transport.hangUp('it died')
  await assert.rejects(opening, /No greeting from fake QEMU: it died/)
})

test('open() can be aborted while it waits for the greeting', async () => {
  const abort = new AbortController()
  const transport = new FakeTransport()
  const opening = QmpConnection.open(transport, { signal: abort.signal })
  abort.abort(new Error('enough'))
  await assert.rejects(opening, /enough/)
  assert(transport.isClosed)
})

test('execute() matches answers by number, in whatever order they come', async () => {
  const { transport, qmp } = await openFake()
  const uuid = qmp.execute('query-uuid')
  const name = qmp.execute('query-name')
  transport.answer('query-name', { name: 'web1' })
  transport.answer('query-uuid', { UUID: 'u' })
  assert.deepEqual(await Promise.all([uuid, name]), [{ UUID: 'u' }, { name: 'web1' }])
})

test('execute() rejects a refusal with the words of QEMU and the stack of its caller', async () => {
  const { transport, qmp } = await openFake()
  async function callerOfCommand() {
    await qmp.execute('device_del', { id: 'd1' })
  }
  const call = callerOfCommand()
  const id = transport.sent.at(-1)?.id
  setImmediate(() => transport.say({ id, error: { class: 'DeviceNotFound', desc: "Device 'd1' not found" } }))
  await assert.rejects(call, (error) => {
    assert(error instanceof QmpError)
    assert.equal(error.command, 'device_del')
    assert.equal(error.qmpClass, 'DeviceNotFound')
    assert.equal(error.desc, "Device 'd1' not found")
    assert.equal(error.message, `QEMU refused "device_del": Device 'd1' not found`)
    assert.match(error.stack ?? '', /callerOfCommand/)
    return true
  })
})

test('execute() gives up after its timeout and ignores the late answer', async () => {
  const { transport, qmp } = await openFake()
  const call = qmp.execute('query-status', {}, { timeoutMs: 5 })
  await assert.rejects(call, /No answer to "query-status" from fake QEMU within 5 ms/)
  transport.answer('query-status')
  const next = qmp.execute('query-name')
  transport.answer('query-name', { name: 'n' })
  assert.deepEqual(await next, { name: 'n' })
})

test('execute() rejects with the reason of an abort, and sends nothing if that came before', async () => {
  const { transport, qmp } = await openFake()
  const abort = new AbortController()
  const call = qmp.execute('stop', {}, { signal: abort.signal })
  abort.abort(new Error('operator'))
  await assert.rejects(call, /operator/)
  await assert.rejects(qmp.execute('cont', {}, { signal: abort.signal }), /operator/)
  assert.equal(transport.sent.at(-1)?.execute, 'stop')
})

test('A closed connection rejects all that is pending, and whatever comes later', async () => {
  const { transport, qmp } = await openFake()
  const pending = Promise.allSettled([qmp.execute('stop'), qmp.execute('cont'), qmp.waitForEvent('STOP')])
  transport.hangUp('QEMU was ended by SIGKILL')
  for (const outcome of await pending) {
    assert(outcome.status === 'rejected')
    assert(outcome.reason instanceof QmpClosedError)
    assert.match(outcome.reason.message, /: QEMU was ended by SIGKILL$/)
  }
  assert.match((await qmp.closed).message, /SIGKILL/)
  await assert.rejects(qmp.execute('stop'), /"stop" was not sent: QEMU was ended by SIGKILL/)
  await assert.rejects(qmp.waitForEvent('STOP'), /Event "STOP" cannot come/)
})

test('Disposing closes the transport and rejects all that is pending', async () => {
  const { transport, qmp } = await openFake()
  const pending = assert.rejects(qmp.execute('stop'), /No answer to "stop": .*closed here/)
  await qmp[Symbol.asyncDispose]()
  await pending
  assert(transport.isClosed)
})

test('execute() with a schema gives what the schema gives, and refuses what does not fit', async () => {
  const { transport, qmp } = await openFake()
  const good = qmp.execute('query-status', {}, { schema: statusSchema })
  transport.answer('query-status', { status: 'running', running: true, singlestep: false })
  assert.deepEqual(await good, { status: 'running', running: true })
  const bad = qmp.execute('query-status', {}, { schema: statusSchema })
  transport.answer('query-status', { status: 'flying', running: true })
  await assert.rejects(bad, (error) => error instanceof QmpProtocolError && /status: /.test(error.message))
})

const garbage = {
  'no JSON': '{"return": {}',
  'no object': '[1,2]',
  'an unknown kind': '{"hello": 1}',
  'an event without a timestamp': '{"event": "STOP"}',
  'an answer without a number': '{"return": {}}',
  'a refusal without a number': '{"error": {"class": "GenericError", "desc": "JSON parse error"}}',
  'a number that was never sent': '{"return": {}, "id": 99}',
  'a second greeting':
    '{"QMP":{"version":{"qemu":{"major":7,"minor":2,"micro":0},"package":""},"capabilities":[]}}',
}
for (const [title, line] of Object.entries(garbage)) {
  test(`A message that is ${title} closes the connection and rejects the pending call`, async () => {
    const { transport, qmp } = await openFake()
    const call = qmp.execute('query-status')
    transport.sayText(line)
    await assert.rejects(call, QmpClosedError)
    const { cause } = await qmp.closed
    assert(cause instanceof QmpProtocolError)
    assert(transport.isClosed)
  })
}

test('A message before the greeting fails open()', async () => {
  const transport = new FakeTransport()
  const opening = QmpConnection.open(transport)
  transport.event('STOP')
  await assert.rejects(opening, /before the greeting/)
})
