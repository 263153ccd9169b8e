import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { sampleDirtying } from './sample-dirtying.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3
const never = new AbortController().signal

test('What QEMU measures in MiB per second is told as bytes within the time', async () => {
  const states = [{ status: 'measuring' }, { status: 'measured', 'dirty-rate': 12 }]
  const { qmp, transport } = await scriptedQmp({ 'query-dirty-rate': () => states.shift() })
  assert.equal(await sampleDirtying(qmp, gib, 3, never), 36 * mib)
  assert.deepEqual(transport.sent[0]?.arguments, { 'calc-time': 3, 'sample-pages': 8192 })
})

for (const [memory, pages] of [
  [256 * mib, 16_384],
  [64 * gib, 512],
] as const) {
  test(`Of a guest of ${memory / mib} MiB it compares ${pages} pages per GiB`, async () => {
    const { qmp, transport } = await scriptedQmp({
      'query-dirty-rate': () => ({ status: 'measured', 'dirty-rate': 0 }),
    })
    assert.equal(await sampleDirtying(qmp, memory, 1, never), 0)
    assert.deepEqual(transport.sent[0]?.arguments, { 'calc-time': 1, 'sample-pages': pages })
  })
}

test('A guest that is too small for QEMU to measure is not said to be idle', async () => {
  const { qmp, commands } = await scriptedQmp()
  await assert.rejects(sampleDirtying(qmp, 127 * mib, 1, never), { code: 'NOT_MEASURED' })
  assert.deepEqual(commands(), [])
})
