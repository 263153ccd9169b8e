import assert from 'node:assert/strict'
import { chmod, copyFile, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startProbe } from '../qmp/one-shot.ts'
import { bootedFeatures } from './booted-features.ts'
import { parseCpuWords } from './cpu-words.ts'
import { findProgram } from './find-program.ts'
import { type HypervisorFacts, hypervisorSource } from './hypervisor.ts'
import { CpuModel, Hypervisor, isKnown } from './schema.ts'

const binary = 'qemu-system-x86_64'
const cpu = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt'
const strong = `${cpu},+aes,+avx512f`
const devices = ['virtio-rng-pci', 'virtio-nosuch']

const folder = await mkdtemp(join(tmpdir(), 'kz-test-'))
test.after(() => rm(folder, { recursive: true }))

/** A program that notes each start with a machine, and goes on as QEMU. */
async function countedQemu(name: string) {
  const { path } = await findProgram(binary)
  const program = join(folder, name)
  const starts = `${program}.starts`
  await writeFile(program, `#!/bin/sh\n[ "$1" = -L ] || echo start >> ${starts}\nexec ${path} "$@"\n`)
  await chmod(program, 0o755)
  await writeFile(starts, '')
  const count = async () => (await readFile(starts, 'utf8')).split('\n').length - 1
  return { program, count }
}

function modelOf(facts: HypervisorFacts, name: string): CpuModel {
  const model = facts.cpuModels.find((candidate) => candidate.name === name)
  assert(model !== undefined, name)
  return model
}

function featuresOf(facts: HypervisorFacts, name: string): readonly string[] {
  const { features } = modelOf(facts, name)
  assert(isKnown(features), name)
  return features.known
}

/** TCG in all of these: the same on every machine. */
const options = { binary, cpu, kvmDevice: '/dev/no-kvm' }
const ofTest = { skip: process.env['KZ_ACCEL'] === undefined ? false : 'KZ_ACCEL decides' }

test('parseCpuWords() reads features, switches and values', () => {
  assert.deepEqual(parseCpuWords('qemu64,+sse4.1,-svm,kvm=off,enforce,level=13,vendor=AuthenticAMD'), {
    name: 'qemu64',
    props: { 'sse4.1': true, svm: false, kvm: false, enforce: true, level: 13, vendor: 'AuthenticAMD' },
  })
})

test('hypervisorSource() tells what QEMU offers here, in the form of the schema', ofTest, async () => {
  const source = hypervisorSource({ ...options, cacheFile: join(folder, 'plain.json') })
  const facts = await source({ cpus: [cpu, strong, 'EPYC'], devices })
  assert.deepEqual(Hypervisor.parse(facts.hypervisor), facts.hypervisor)
  assert.deepEqual(CpuModel.array().parse(facts.cpuModels), facts.cpuModels)
  const { hypervisor } = facts
  assert.equal(hypervisor.accelerator, 'tcg')
  assert.equal(facts.hypervisor.acceleratorReason, '/dev/no-kvm is not there')
  for (const type of ['q35', 'pc-q35-7.2']) assert(hypervisor.machineTypes.includes(type))
  assert.deepEqual(hypervisor.devices, ['virtio-blk-pci', 'virtio-net-pci', 'ide-cd', 'virtio-rng-pci'])
  assert(hypervisor.capabilities.includes('pause-before-switchover'))
  assert.equal(hypervisor.tlsPsk, true)
})

test('A CPU has the features added to it, and names those that the host lacks', ofTest, async () => {
  const source = hypervisorSource({ ...options, cacheFile: join(folder, 'features.json') })
  const facts = await source({ cpus: [cpu, strong, 'Skylake-Server', 'qemu64,+nosuch'], devices })
  assert.deepEqual(modelOf(facts, cpu).unavailableFeatures, [])
  assert(featuresOf(facts, cpu).includes('sse4.2'))
  // TCG has AES and no AVX-512.
  assert.deepEqual(modelOf(facts, strong).unavailableFeatures, ['avx512f'])
  assert(featuresOf(facts, strong).includes('aes') && !featuresOf(facts, strong).includes('avx512f'))
  const { unavailableFeatures } = modelOf(facts, 'Skylake-Server')
  assert(unavailableFeatures.includes('avx512bw'))
  assert(!featuresOf(facts, 'Skylake-Server').includes('avx512bw'))
  assert.match(JSON.stringify(modelOf(facts, 'qemu64,+nosuch').features), /unknown.*nosuch/)
  assert(!isKnown(modelOf(facts, 'Nehalem').features))
})

test(
  'bootedFeatures() of a guest are the features that the facts foretell for its CPU',
  ofTest,
  async (t) => {
    const cpus = [cpu, strong, 'Skylake-Server', 'max']
    const source = hypervisorSource({ ...options, cacheFile: join(folder, 'booted.json') })
    const facts = await source({ cpus, devices })
    for (const booted of cpus) {
      const guest = ['-machine', 'pc-q35-7.2', '-accel', 'tcg', '-cpu', booted, '-smp', '2', '-m', '16', '-S']
      await using qmp = await startProbe(binary, [...guest, '-nodefaults', '-display', 'none'])
      const begin = performance.now()
      const features = await bootedFeatures(qmp, booted)
      t.diagnostic(`${booted}: ${features.length} features in ${(performance.now() - begin).toFixed(1)} ms`)
      assert.deepEqual(features, featuresOf(facts, booted))
    }
  },
)

test(
  'QEMU is asked once: later answers come from memory, and from the file in another process',
  ofTest,
  async (t) => {
    const { program, count } = await countedQemu('qemu-once')
    const own = { ...options, binary: program, cacheFile: join(folder, 'once.json') }
    const source = hypervisorSource(own)
    const [first, same] = await Promise.all([
      source({ cpus: [cpu], devices }),
      source({ cpus: [cpu], devices }),
    ])
    assert.deepEqual(same, first)
    assert.equal(await count(), 1)
    const begin = performance.now()
    assert.deepEqual(await source({ cpus: [cpu], devices }), first)
    const warm = performance.now()
    assert.deepEqual(await hypervisorSource(own)({ cpus: [cpu], devices }), first)
    t.diagnostic(`memory ${(warm - begin).toFixed(1)} ms, file ${(performance.now() - warm).toFixed(1)} ms`)
    assert.equal(await count(), 1)
  },
)

test('A CPU that was not asked about yet costs one more start, and then is kept too', ofTest, async () => {
  const { program, count } = await countedQemu('qemu-more')
  const own = { ...options, binary: program, cacheFile: join(folder, 'more.json') }
  const source = hypervisorSource(own)
  await source({ cpus: [cpu], devices })
  const more = await source({ cpus: ['Nehalem'], devices })
  assert.equal(await count(), 2)
  assert(featuresOf(more, 'Nehalem').includes('sse4.2'))
  await hypervisorSource(own)({ cpus: [cpu, 'Nehalem'], devices })
  assert.equal(await count(), 2)
})

test('A damaged cache file is ignored and rewritten', ofTest, async () => {
  const { program, count } = await countedQemu('qemu-damaged')
  const own = { ...options, binary: program, cacheFile: join(folder, 'damaged.json') }
  await writeFile(own.cacheFile, '{"schema":1,"key":')
  await hypervisorSource(own)({ cpus: [cpu], devices })
  await hypervisorSource(own)({ cpus: [cpu], devices })
  assert.equal(await count(), 1)
})

test('A changed program and another order for the accelerator ask again', ofTest, async () => {
  const { program, count } = await countedQemu('qemu-changed')
  const own = { ...options, binary: program, cacheFile: join(folder, 'changed.json') }
  await hypervisorSource(own)({ cpus: [cpu], devices })
  const source = hypervisorSource({ ...own, kvmDevice: '/dev/no-kvm-either' })
  assert.equal(
    (await source({ cpus: [cpu], devices })).hypervisor.acceleratorReason,
    '/dev/no-kvm-either is not there',
  )
  assert.equal(await count(), 2)
  await utimes(program, new Date(), new Date(Date.now() + 5000))
  await source({ cpus: [cpu], devices })
  assert.equal(await count(), 3)
})

test('One who gives up does not spoil the answer of another', ofTest, async () => {
  const source = hypervisorSource({ ...options, cacheFile: join(folder, 'abort.json') })
  const impatient = source({ cpus: [cpu], devices, signal: AbortSignal.timeout(1) })
  const patient = source({ cpus: [cpu], devices })
  await assert.rejects(impatient)
  assert.equal((await patient).hypervisor.accelerator, 'tcg')
})

test('A QEMU that is not installed is named; a cache that cannot be written only warns', ofTest, async () => {
  const missing = hypervisorSource({ ...options, binary: 'qemu-nosuch', cacheFile: join(folder, 'x.json') })
  await assert.rejects(missing({ cpus: [], devices }), {
    message: 'Cannot run "qemu-nosuch": it is not installed',
  })

  const file = join(folder, 'a-file')
  await copyFile('/dev/null', file)
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  const source = hypervisorSource({ ...options, cacheFile: join(file, 'cache.json') })
  assert.equal((await source({ cpus: [], devices })).hypervisor.accelerator, 'tcg')
  assert.match((await warned).message, /Cannot keep/)
})
