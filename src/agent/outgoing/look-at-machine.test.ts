import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import type { Zone } from '../zone.ts'
import { lookAtMachine } from './look-at-machine.ts'

async function seen(status: string, postcopy: boolean, running = false) {
  const { qmp } = await scriptedQmp({
    'query-migrate': () => ({ status }),
    'query-status': () => ({ status: running ? 'running' : 'paused', running }),
  })
  const zone = { running: { machine: { qemu: { qmp } } } } as unknown as Pick<Zone, 'running'>
  return await lookAtMachine(zone, { postcopy })
}

test('A post-copy that QEMU calls failed may have been handed over before; no other transfer can', async () => {
  assert.deepEqual(await seen('failed', true), { isRunning: false, isAllSent: true, isWhole: false })
  assert.deepEqual(await seen('failed', false), { isRunning: false, isAllSent: false, isWhole: false })
})

test('A broken one may, too', async () => {
  assert.deepEqual(await seen('postcopy-paused', true), {
    isRunning: false,
    isAllSent: true,
    isWhole: false,
  })
})

test('A machine that is gone tells nothing', async () => {
  assert.equal(await lookAtMachine({ running: undefined }, {}), undefined)
})
