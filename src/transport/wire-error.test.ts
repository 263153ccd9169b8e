import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exit, ZoneError } from '../errors.ts'
import { errorToWire, wireToError } from './wire-error.ts'

/** As it arrives: through JSON. */
const travelled = (error: unknown) => wireToError(JSON.parse(JSON.stringify(errorToWire(error))))

test('A ZoneError arrives as it was, without its cause and stack', () => {
  const details = { findings: [{ rule: 'cpu/features', values: ['a', 'b'] }] }
  const sent = new ZoneError('refused', {
    code: 'REFUSED',
    remedy: 'Do this',
    exit: Exit.refused,
    details,
    cause: new Error('secret'),
  })
  const wire = JSON.stringify(errorToWire(sent))
  assert.doesNotMatch(wire, /secret|wire-error\.test/)
  const received = travelled(sent)
  assert.ok(received instanceof ZoneError)
  const { message, code, remedy, exit } = received
  assert.deepEqual(
    { message, code, remedy, exit, details: received.details },
    { message: 'refused', code: 'REFUSED', remedy: 'Do this', exit: Exit.refused, details },
  )
})

test('A ZoneError without remedy and details arrives without them', () => {
  const received = travelled(new ZoneError('no', { code: 'NO' }))
  assert.ok(received instanceof ZoneError)
  assert.equal(received.remedy, undefined)
  assert.equal(received.details, undefined)
  assert.equal(received.exit, Exit.failed)
})

test('A fault of kzone arrives as one, with the stack of where it happened', () => {
  const fault = new TypeError('x is not a function')
  const received = travelled(fault)
  assert.ok(!(received instanceof ZoneError))
  assert.equal(received.message, 'x is not a function')
  assert.equal(received.stack, fault.stack)
  assert.equal(travelled('just text').message, 'just text')
})

test('A failure of the host, as a full disk, arrives as something to act on', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  })
  const received = travelled(full)
  assert.ok(received instanceof ZoneError)
  assert.equal(received.code, 'HOST_FAILURE')
})

test('Of a failure whose undoing failed as well, the first is told', () => {
  const first = new ZoneError('first', { code: 'FIRST' })
  assert.equal(travelled(new SuppressedError(new Error('undo'), first)).message, 'first')
})

test('What is no error of kzone does not pass for one', () => {
  for (const data of [undefined, null, 7, 'text', {}, { message: 1, code: 'X', exit: 1 }]) {
    const received = wireToError(data)
    assert.ok(!(received instanceof ZoneError))
    assert.match(received.message, /unknown form/)
  }
})

test('An exit code that kzone does not have becomes the one for failures', () => {
  for (const exit of [-1, 4, 255]) {
    const received = wireToError({ message: 'm', code: 'X', exit })
    assert.ok(received instanceof ZoneError)
    assert.equal(received.exit, Exit.failed)
  }
})
