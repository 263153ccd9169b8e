import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readClock } from './clock.ts'
import { biosName, firmwareFolders, readFirmware } from './firmware.ts'
import { lockedBytes, parseLockLimit, readLockLimit } from './locked-memory.ts'
import { readMaintenance } from './maintenance.ts'
import { readMitigations } from './mitigations.ts'
import { readNested } from './nested.ts'
import { Clock, FirmwareFile, LockedMemory, Mitigations } from './platform-schema.ts'
import { parseTsc } from './tsc.ts'

async function temporaryFolder(t: { after: (undo: () => Promise<void>) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kz-test-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

test('readFirmware() finds the BIOS in the folders of the QEMU that is installed', async () => {
  const [bios, ...others] = await readFirmware(await firmwareFolders('qemu-system-x86_64'))
  assert.deepEqual(others, [])
  assert.deepEqual(FirmwareFile.parse(bios), bios)
  assert.equal(bios?.sizeBytes, 2 ** 18)
})

test('readFirmware() takes the first folder that has it, as QEMU does, and none if none has', async (t) => {
  const folder = await temporaryFolder(t)
  const folders = ['empty', 'first', 'second'].map((name) => join(folder, name))
  for (const path of folders) await mkdir(path)
  assert.deepEqual(await readFirmware(folders), [])
  for (const name of ['first', 'second']) await writeFile(join(folder, name, biosName), name)
  const sha256 = createHash('sha256').update('first').digest('hex')
  assert.deepEqual(await readFirmware(['/dev/null', ...folders]), [
    { name: biosName, path: join(folder, 'first', biosName), sizeBytes: 5, sha256 },
  ])
})

test('readMitigations() reads each answer of the kernel, and the revision of the microcode if there is one', async (t) => {
  const folder = await temporaryFolder(t)
  const cpuinfo = join(folder, 'cpuinfo')
  await mkdir(join(folder, 'v'))
  await writeFile(join(folder, 'v/spectre_v2'), 'Vulnerable\n')
  await writeFile(cpuinfo, 'processor\t: 0\nmicrocode\t: 0x71a\n')
  assert.deepEqual(await readMitigations(join(folder, 'v'), cpuinfo), {
    microcode: '0x71a',
    vulnerabilities: { spectre_v2: 'Vulnerable' },
  })
  await writeFile(cpuinfo, 'processor\t: 0\n')
  assert.equal((await readMitigations(join(folder, 'v'), cpuinfo)).microcode, null)
  await assert.rejects(readMitigations(join(folder, 'none')), /too old/)
})

test('readMitigations() reads this machine', async () => {
  const found = await readMitigations()
  assert.deepEqual(Mitigations.parse(found), found)
  assert.ok('spectre_v2' in found.vulnerabilities)
})

test('parseTsc() knows the words of Intel and AMD', () => {
  const intel = 'flags\t\t: fpu tsc constant_tsc nonstop_tsc\nvmx flags\t: vnmi ept tsc_scaling\n'
  assert.deepEqual(parseTsc(intel), { invariant: true, scaling: true })
  assert.deepEqual(parseTsc('flags\t\t: tsc constant_tsc tsc_scale\n'), { invariant: false, scaling: true })
  assert.deepEqual(parseTsc('flags\t\t: tsc\n'), { invariant: false, scaling: false })
})

test('readNested() is true with either module that has it switched on', async (t) => {
  const folder = await temporaryFolder(t)
  assert.equal(await readNested(folder), false)
  await mkdir(join(folder, 'kvm_amd/parameters'), { recursive: true })
  for (const [text, nested] of [
    ['0\n', false],
    ['1\n', true],
    ['N\n', false],
    ['Y\n', true],
  ] as const) {
    await writeFile(join(folder, 'kvm_amd/parameters/nested'), text)
    assert.equal(await readNested(folder), nested)
  }
})

test('parseLockLimit() has no limit for whoever may lock anything', () => {
  const limits = (soft: string) =>
    `Max locked memory         ${soft}              8388608              bytes\n`
  const none = 'CapEff:\t0000000000000000\n'
  assert.deepEqual(parseLockLimit(limits('65536'), none), { limitBytes: 65536 })
  assert.deepEqual(parseLockLimit(limits('unlimited'), none), { limitBytes: null })
  assert.deepEqual(parseLockLimit(limits('65536'), 'CapEff:\t0000000000004000\n'), { limitBytes: null })
  assert.throws(() => parseLockLimit('', none), /does not tell/)
})

test('This process locks no memory, and its limit and clock are known', async () => {
  assert.equal(await lockedBytes(process.pid), 0)
  const [limit, clock] = await Promise.all([readLockLimit(), readClock()])
  assert.deepEqual(LockedMemory.parse(limit), limit)
  assert.deepEqual(Clock.parse(clock), clock)
})

test('readMaintenance() is null without the file, and never without a reason with it', async (t) => {
  const path = join(await temporaryFolder(t), 'maintenance')
  assert.equal(await readMaintenance(path), null)
  await writeFile(path, 'new disks\nuntil noon\n')
  assert.equal(await readMaintenance(path), 'new disks; until noon')
  await writeFile(path, '\n')
  assert.equal(await readMaintenance(path), 'no reason was given')
})
