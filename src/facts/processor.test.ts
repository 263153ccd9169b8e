import assert from 'node:assert/strict'
import { cpus } from 'node:os'
import { test } from 'node:test'
import { parseCpuinfo, readProcessor } from './processor.ts'

const intel = `processor	: 0
vendor_id	: GenuineIntel
cpu family	: 6
model name	: Intel(R) Xeon(R) CPU E5-2690 0 @ 2.90GHz
flags		: fpu vme de

processor	: 1
vendor_id	: GenuineIntel
model name	: Intel(R) Xeon(R) CPU E5-2690 0 @ 2.90GHz
`

const arm = `processor	: 0
BogoMIPS	: 50.00
Features	: fp asimd
CPU implementer	: 0x41
CPU part	: 0xd0c
`

test('parseCpuinfo() reads maker, model and number of the processors', () => {
  assert.deepEqual(parseCpuinfo(intel), {
    vendor: 'GenuineIntel',
    model: 'Intel(R) Xeon(R) CPU E5-2690 0 @ 2.90GHz',
    count: 2,
  })
  assert.deepEqual(parseCpuinfo(arm), { vendor: '0x41', model: '0xd0c', count: 1 })
})

test('parseCpuinfo() invents nothing where nothing is named', () => {
  assert.throws(() => parseCpuinfo(''), /names no processor/)
  assert.throws(() => parseCpuinfo('processor\t: 0\nmodel name\t:\n'), /names no processor/)
})

test('readProcessor() finds the processors of this machine', async () => {
  assert.equal((await readProcessor()).count, cpus().length)
})
