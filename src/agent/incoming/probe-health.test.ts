import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
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

test('A guest whose disk answers no read is not well, though it runs and its disk has not failed it', async () => {
  const qdev = '/machine/peripheral/device0/virtio-backend'
  const image = { filename: 'disk', format: 'raw', 'virtual-size': 512 }
  const inserted = { file: 'disk', drv: 'raw', ro: false, image }
  const block = { device: '', qdev, removable: false, locked: false, 'io-status': 'ok', inserted }
  const asked: unknown[] = []
  const { qmp } = await scriptedQmp({
    'query-status': () => ({ status: 'running', running: true }),
    'query-block': () => [block],
    'query-blockstats': () => [{ qdev, stats: { rd_operations: 1, failed_rd_operations: 0 } }],
    'human-monitor-command': (args) => {
      const words = (args as { 'command-line': string })['command-line']
      if (words === 'info registers -a') return registers.replaceAll('HLT=0', 'HLT=1')
      asked.push(words)
      return ''
    },
  })
  const spec = tinySpec('web1')
  const machine = { spec, links: [], qemu: { identity: { pid: 1, startTicks: 0 }, qmp } }
  const record = { schema: 1 as const, zoneId: 1, spec, links: [], configText: tinyConfig, pageBytes: 4096 }
  assert.deepEqual(await probeHealth({ name: 'web1', running: { machine, record, console: undefined } }), [
    `its disk ${qdev} does not answer within 1500 ms`,
  ])
  assert.deepEqual(asked, [`qemu-io -d ${qdev} "aio_read -q 0 512"`])
})
