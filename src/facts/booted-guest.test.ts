import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProbe } from '../qmp/one-shot.ts'
import { bootedGuest } from './booted-guest.ts'
import { firmwareFolders, readFirmware } from './firmware.ts'

const binary = 'qemu-system-x86_64'
const machine = ['-machine', 'pc-q35-7.2', '-accel', 'tcg', '-cpu', 'qemu64', '-m', '16', '-S']
const nic = ['-netdev', 'user,id=net', '-device', 'virtio-net-pci,id=anet0,netdev=net,romfile=']

test('bootedGuest() of a guest of today is what the facts say of the host', async (t) => {
  await using qmp = await startProbe(binary, [...machine, ...nic, '-nodefaults', '-display', 'none'])
  const question = { pid: process.pid, cpu: 'qemu64', nics: ['anet0', 'anet1'] }
  const begin = performance.now()
  const guest = await bootedGuest(qmp, question)
  t.diagnostic(`${(performance.now() - begin).toFixed(1)} ms`)
  const [bios] = await readFirmware(await firmwareFolders(binary))
  assert.deepEqual(guest.firmware, { known: { sizeBytes: bios?.sizeBytes, sha256: bios?.sha256 } })
  assert.ok(guest.cpuFeatures.includes('lm'))
  assert.equal(guest.tscFrequencyHz, null)
  assert.equal(guest.lockedBytes, 0)
  // Nobody has agreed on anything yet; a device that is not there cannot be told of.
  assert.deepEqual([...guest.offloads], [['anet0', []]])
})
