import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { acceleratorWithoutTrial, probeAccelerator } from './accelerator.ts'
import { runTrialGuest } from './run-trial-guest.ts'
import { trialGuest } from './trial-guest.ts'

const binary = 'qemu-system-x86_64'
const cpu = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt'

test('trialGuest() is an image of 64 KiB that starts by a jump to its begin', () => {
  const image = Buffer.from(trialGuest())
  assert.equal(image.length, 65536)
  assert.equal(image.toString('hex', 0xfff0, 0xfff5), 'ea000000f0')
  assert.equal(image.readUInt8(0), 0xfa)
  // The table of descriptors lies where the code says: any byte lost or added above it shifts it.
  assert.equal(image.readUInt32LE(0x1c6), 0xf0000 + 0x1a4)
  assert.equal(image.readBigUInt64LE(0x1ac), 0x00cf9b000000ffffn)
})

test('The trial guest runs to its end under TCG', async () => {
  assert.equal(await runTrialGuest({ binary, accelerator: 'tcg', cpu }), 'ran')
})

test('A trial with a CPU that cannot be made fails with the words of QEMU, and leaves no file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'kz-test-'))
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  t.after(async () => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    await rm(folder, { recursive: true })
  })
  const outcome = await runTrialGuest({ binary, accelerator: 'tcg', cpu: 'qemu64,+avx512f' })
  assert(outcome !== 'ran')
  assert.match(outcome.failed, /^a trial guest did not start: .*doesn't support requested feature: .*avx512f/)
  assert.equal(outcome.timedOut, false)
  assert.deepEqual(await readdir(folder), [])
})

test('A trial of a CPU without SSE2 stops where the guest needs it', async () => {
  const outcome = await runTrialGuest({ binary, accelerator: 'tcg', cpu: 'qemu64,-sse2', timeoutMs: 3_000 })
  assert.deepEqual(outcome, {
    failed: 'a trial guest stopped after long mode: no end within 3000 ms',
    timedOut: true,
  })
})

test('A trial ends with its signal, and a QEMU that is not there is an error', async () => {
  const signal = AbortSignal.timeout(20)
  await assert.rejects(runTrialGuest({ binary, accelerator: 'tcg', cpu: 'qemu64,-sse2', signal }), /timeout/)
  await assert.rejects(runTrialGuest({ binary: 'qemu-nosuch', accelerator: 'tcg', cpu }), /ENOENT/)
})

test('KZ_ACCEL decides without a trial; a value that is no accelerator is refused', async () => {
  assert.equal((await acceleratorWithoutTrial('/dev/null', 'kvm'))?.accelerator, 'kvm')
  assert.equal((await acceleratorWithoutTrial('/dev/null', 'tcg'))?.reason, 'KZ_ACCEL is set to "tcg"')
  await assert.rejects(acceleratorWithoutTrial('/dev/null', 'hvf'), { code: 'ACCEL_UNKNOWN' })
  assert.equal(await acceleratorWithoutTrial('/dev/null', ''), undefined)
})

test('probeAccelerator() says tcg where there is no KVM device', async (t) => {
  if (process.env['KZ_ACCEL'] !== undefined) return t.skip('KZ_ACCEL decides')
  assert.deepEqual(await probeAccelerator({ binary, cpu, kvmDevice: '/dev/no-kvm' }), {
    accelerator: 'tcg',
    reason: '/dev/no-kvm is not there',
    isFleeting: false,
  })
})

test('probeAccelerator() says kvm on this machine exactly if the trial guest ran under it', async (t) => {
  if ((await acceleratorWithoutTrial()) !== undefined) return t.skip('No trial here')
  const [verdict, outcome] = await Promise.all([
    probeAccelerator({ binary, cpu }),
    runTrialGuest({ binary, accelerator: 'kvm', cpu }),
  ])
  assert.equal(verdict.accelerator, outcome === 'ran' ? 'kvm' : 'tcg')
  if (outcome !== 'ran') assert.equal(verdict.reason, `KVM does not run guests: ${outcome.failed}`)
  t.diagnostic(verdict.reason)
})
