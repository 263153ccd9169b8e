import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exit, ZoneError } from '../errors.ts'
import { memoryIo } from './memory-io.ts'
import { renderError, showError } from './show-error.ts'
import { usageError } from './usage-error.ts'

const frame = { program: 'zoneadm', zone: 'web1', usage: 'usage: zoneadm list' }

test('renderError() names program and zone once', () => {
  const prefixed = new ZoneError("zone 'web2': No such zone configured", { code: 'NO_SUCH_ZONE' })
  assert.deepEqual(renderError(prefixed, frame), ["zoneadm: zone 'web2': No such zone configured"])
  const bare = new ZoneError('Cannot reach host "beta"', { code: 'HOST_UNREACHABLE' })
  assert.deepEqual(renderError(bare, frame), ['zoneadm: zone \'web1\': Cannot reach host "beta"'])
  assert.deepEqual(renderError(bare, { ...frame, zone: undefined }), ['zoneadm: Cannot reach host "beta"'])
})

test('renderError() shows each line of a remedy', () => {
  const error = new ZoneError('No', { code: 'X', remedy: 'first command\nsecond command' })
  assert.deepEqual(renderError(error, frame).slice(1), [
    '  remedy: first command',
    '          second command',
  ])
})

test('renderError() shows the usage after a mistake in the command line, and no zone', () => {
  assert.deepEqual(renderError(usageError('unknown option "-k"'), frame), [
    'zoneadm: unknown option "-k"',
    'usage: zoneadm list',
  ])
})

test('showError() shows the stack of a fault of kzone and answers 70', () => {
  const io = memoryIo()
  assert.equal(showError(new TypeError('x is undefined'), io, { ...frame, json: false }), Exit.bug)
  assert.match(io.err(), /^zoneadm: fault in kzone: x is undefined\n[^\n]+\n +TypeError[^\n]+\n +at /)
  assert.equal(io.out(), '')
})

test('showError() prints one line of JSON when it is asked to', () => {
  const io = memoryIo()
  const error = new ZoneError('No', { code: 'X', remedy: 'Try', exit: Exit.refused, details: { schema: 1 } })
  assert.equal(showError(error, io, { ...frame, json: true }), Exit.refused)
  assert.deepEqual(JSON.parse(io.err()), {
    error: { code: 'X', message: 'No', remedy: 'Try', exit: 3, details: { schema: 1 } },
  })
})
