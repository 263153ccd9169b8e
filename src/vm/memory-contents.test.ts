import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentHost } from '../../test/fixtures/agent/agent-host.ts'
import { baseOf, memoryContents } from './memory-contents.ts'

const mib = 1024 ** 2

test('The memory of a machine that has hardly begun is empty but for a little, and a hypervisor that is gone tells nothing', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.startMachine(zone)
  const { qemu, spec } = zone.running?.machine ?? assert.fail()
  const contents = await memoryContents(qemu.identity.pid, spec.memoryBytes)
  assert.ok(contents)
  const data = contents.isData.filter((is) => is).length
  assert.ok(data < contents.isData.length / 2, `${data} of ${contents.isData.length}`)
  assert.equal(await memoryContents(2 ** 30, spec.memoryBytes), undefined)
})

test('What another process has written is seen where it is', async () => {
  const memory = Buffer.alloc(64 * mib)
  memory.fill(1, 48 * mib)
  const contents = await memoryContents(process.pid, 64 * mib)
  assert.ok(contents)
  const quarter = contents.isData.length / 4
  // The mapping of the buffer can be a little longer than the buffer.
  const shares = [0, 1, 2, 3].map(
    (at) => contents.isData.slice(at * quarter, (at + 1) * quarter).filter((is) => is).length / quarter,
  )
  assert.ok((shares[0] ?? 1) < 0.05 && (shares[3] ?? 0) > 0.9, shares.join())
  assert.equal(memory[0], 0)
})

test('The memory is the end of the smallest mapping that it fits into', () => {
  const maps = [
    '7f0000000000-7f0010000000 rw-p 00000000 00:00 0',
    '7f0020000000-7f0024200000 rw-p 00000000 00:00 0',
    '7f0030000000-7f0030001000 ---p 00000000 00:00 0',
  ].join('\n')
  assert.equal(baseOf(maps, 64 * mib), 0x7f0020200000n)
  assert.equal(baseOf(maps, 1024 * mib), undefined)
})
