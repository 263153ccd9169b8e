import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirm } from './confirm.ts'
import { memoryIo } from './memory-io.ts'

const { signal } = new AbortController()
const confirmation = { verb: 'uninstall', question: 'Are you sure', force: 'zoneadm -z web1 uninstall -F' }

for (const answer of ['y\n', ' YES \n']) {
  test(`confirm() takes ${JSON.stringify(answer)} for yes`, async () => {
    const io = memoryIo({ tty: true })
    const answered = confirm(io, confirmation, signal)
    io.stdin.write(answer)
    await answered
    assert.equal(io.err(), 'Are you sure (y/[n])? ')
  })
}

for (const answer of ['\n', 'n\n', 'yesterday\n']) {
  test(`confirm() takes ${JSON.stringify(answer)} for no`, async () => {
    const io = memoryIo({ tty: true })
    const answered = confirm(io, confirmation, signal)
    io.stdin.write(answer)
    await assert.rejects(answered, { code: 'NOT_CONFIRMED', exit: 1 })
  })
}

test('confirm() takes the end of the input for no', async () => {
  const io = memoryIo({ tty: true })
  const answered = confirm(io, confirmation, signal)
  io.stdin.end()
  await assert.rejects(answered, { code: 'NOT_CONFIRMED' })
})

test('confirm() refuses where nobody can be asked, and names -F', async () => {
  const io = memoryIo()
  await assert.rejects(confirm(io, confirmation, signal), {
    code: 'NOT_CONFIRMED',
    remedy: 'To do it without being asked: zoneadm -z web1 uninstall -F',
  })
  assert.equal(io.err(), '')
})

test('confirm() ends with the reason of the signal', async () => {
  const controller = new AbortController()
  const answered = confirm(memoryIo({ tty: true }), confirmation, controller.signal)
  const reason = new Error('interrupted')
  setImmediate(() => controller.abort(reason))
  await assert.rejects(answered, reason)
})
