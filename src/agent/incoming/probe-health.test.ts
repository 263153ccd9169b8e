import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRegisters, probeHealth } from './probe-health.ts'

const registers = `
CPU#0
RAX=0000000000000000 RBX=0000000000000000
RIP=ffffffff81a0b2de RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1

CPU#1
RAX=0000000000000001 RBX=0000000000000000
RIP=0000000000401000 RFL=00000202 [-------] CPL=3 II=0 A20=1 SMM=0 HLT=0

CPU#2
EAX=00000000 EBX=00000000
EIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=1
`

test('parseRegisters() reads where each processor is, and whether it waits', () => {
  assert.deepEqual(
    [...parseRegisters(registers)],
    [
      ['0', { at: 'ffffffff81a0b2de', isWaiting: true }],
      ['1', { at: '0000000000401000', isWaiting: false }],
      ['2', { at: '0000fff0', isWaiting: true }],
    ],
  )
})

test('A zone without a hypervisor is not well', async () => {
  assert.deepEqual(await probeHealth({ name: 'web1', running: undefined }), ['its hypervisor has ended'])
})
