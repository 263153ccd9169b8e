import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemError } from './system-error.ts'

const failure = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: words of Node`), { code, ...more })

test('systemError() puts a failure of the host into words, with the path if it is known', () => {
  const cases = [
    [
      failure('ENOSPC', { syscall: 'write' }),
      undefined,
      '"write" failed: there is no space left on the device',
    ],
    [
      failure('EFBIG', { path: '/a/b' }),
      undefined,
      'Cannot use "/a/b": the file would be larger than its file system or the limits of this process allow',
    ],
    [failure('EROFS', { path: '/a' }), undefined, 'Cannot use "/a": the file system is read-only'],
    [failure('EACCES', { path: '/a' }), '/b', 'Cannot use "/b": permission denied'],
  ] as const
  for (const [error, path, message] of cases) {
    const told = systemError(error, path)
    assert.equal(told?.message, message)
    assert.equal(told?.cause, error)
  }
})

test('systemError() leaves alone what an operator cannot act on', () => {
  for (const error of [failure('ENOENT'), new TypeError('x'), 'ENOSPC', undefined]) {
    assert.equal(systemError(error), undefined)
  }
})
