import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZoneError } from '../../errors.ts'
import { stillHere } from './still-here.ts'

const zone = { name: 'web1', state: 'running', moving: undefined } as const
const silent = new ZoneError('No answer to "query-migrate" from QEMU within 10000 ms', {
  code: 'QMP_TIMEOUT',
})

test('Of an error that tells of others it is added that the zone is where it was, and what to type', () => {
  const { message, code, remedy, cause } = stillHere(zone, 'running', silent) as ZoneError
  assert.equal(message, `${silent.message}; the zone is running here as before`)
  assert.deepEqual([code, cause], ['QMP_TIMEOUT', silent])
  assert.match(remedy ?? '', /zoneadm -z web1 list -v$/)
  const lost = new ZoneError('Cannot open "x": it is gone.; nothing was changed', {
    code: 'STORAGE_UNREACHABLE',
    remedy: 'See',
  })
  const unchanged = stillHere(zone, 'running', lost) as ZoneError
  assert.deepEqual(
    [unchanged.message, unchanged.remedy],
    ['Cannot open "x": it is gone; the zone is running here as before', 'See'],
  )
})

test('What has said that the zone goes on gets a remedy, if it has none', () => {
  const failed = new ZoneError('The transfer failed; the zone goes on running here', {
    code: 'TRANSFER_FAILED',
  })
  const { message, remedy } = stillHere(zone, 'running', failed) as ZoneError
  assert.equal(message, failed.message)
  assert.match(remedy ?? '', /^Type the command again/)
})

test('Nothing is added where it would be wrong, or is said already', () => {
  assert.equal(stillHere({ ...zone, state: 'configured' }, 'running', silent), silent)
  assert.equal(stillHere({ ...zone, moving: 'migrating-out' }, 'running', silent), silent)
  const told = new ZoneError("zone 'web1': lost ssh://beta", { code: 'HAND_OVER_UNCERTAIN' })
  const fault = new TypeError('a fault')
  for (const error of [told, fault]) assert.equal(stillHere(zone, 'running', error), error)
})
