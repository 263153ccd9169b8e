import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QmpConnection } from './connection.ts'
import { FakeTransport } from './fake-transport.ts'

async function openFake(onListenerError?: (error: unknown) => void) {
  const transport = new FakeTransport().greet()
  const qmp = await QmpConnection.open(transport, onListenerError === undefined ? {} : { onListenerError })
  return { transport, qmp }
}

test('on() hears events of its name until it is disposed', async () => {
  const { transport, qmp } = await openFake()
  const heard: unknown[] = []
  const subscription = qmp.on('MIGRATION', (event) => heard.push(event))
  transport.event('MIGRATION', { status: 'setup' })
  transport.event('STOP')
  subscription[Symbol.dispose]()
  transport.event('MIGRATION', { status: 'active' })
  assert.deepEqual(heard, [{ name: 'MIGRATION', data: { status: 'setup' }, timestampMs: 2500 }])
})

test('A listener that throws harms neither the connection nor the other listeners', async () => {
  const errors: unknown[] = []
  const { transport, qmp } = await openFake((error) => errors.push(error))
  const fault = new Error('fault of the listener')
  let calls = 0
  qmp.on('STOP', () => {
    throw fault
  })
  qmp.on('STOP', () => (calls += 1))
  transport.event('STOP')
  const call = qmp.execute('query-name')
  transport.answer('query-name', { name: 'n' })
  assert.deepEqual(await call, { name: 'n' })
  assert.equal(calls, 1)
  assert.deepEqual(errors, [fault])
})

test('A listener that is added by a listener does not hear the same event', async () => {
  const { transport, qmp } = await openFake()
  let heard = 0
  const listen = () => {
    qmp.on('STOP', () => {
      heard += 1
      listen()
    })
  }
  listen()
  transport.event('STOP')
  assert.equal(heard, 1)
})

test('waitForEvent() sees only events after the call, and only those of its predicate', async () => {
  const { transport, qmp } = await openFake()
  transport.event('MIGRATION', { status: 'completed' })
  const wait = qmp.waitForEvent('MIGRATION', { predicate: ({ data }) => data.status !== 'setup' })
  transport.event('MIGRATION', { status: 'setup' })
  transport.event('MIGRATION', { status: 'active' })
  assert.deepEqual((await wait).data, { status: 'active' })
})

test('waitForEvent() ends at its timeout, by its signal, and by a predicate that throws', async () => {
  const { transport, qmp } = await openFake()
  await assert.rejects(
    qmp.waitForEvent('STOP', { timeoutMs: 5 }),
    /No event "STOP" from fake QEMU within 5 ms/,
  )

  const abort = new AbortController()
  const aborted = qmp.waitForEvent('STOP', { signal: abort.signal })
  abort.abort(new Error('operator'))
  await assert.rejects(aborted, /operator/)

  const predicate = () => {
    throw new Error('fault of the predicate')
  }
  const faulty = qmp.waitForEvent('STOP', { predicate })
  transport.event('STOP')
  await assert.rejects(faulty, /fault of the predicate/)
})
