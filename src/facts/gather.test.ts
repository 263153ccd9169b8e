import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ZoneError } from '../errors.ts'
import { type GatherInputs, gatherFacts } from './gather.ts'
import { hypervisorSource } from './hypervisor.ts'
import { HostFacts, isKnown } from './schema.ts'

const cpu = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt'
const folder = await mkdtemp(join(tmpdir(), 'kz-test-'))
test.after(() => rm(folder, { recursive: true }))

const inputs: GatherInputs = {
  kzone: { version: '0.1.0', protocol: { min: 1, max: 1 } },
  host: { id: '848611d4-0000-4000-8000-000000000001', name: 'alpha' },
  hypervisor: hypervisorSource({
    binary: 'qemu-system-x86_64',
    cpu,
    cacheFile: join(folder, 'hypervisor.json'),
  }),
  cpus: [cpu],
  cpuClasses: new Map([[cpu, 'generic']]),
  promised: () => ({ committedBytes: 4096, takenBytes: 1024 }),
  zones: () => [],
  operations: () => Promise.resolve([{ id: 'op-1', zoneUuid: null, zoneName: 'web1', kind: 'install' }]),
  storage: () => [{ uri: 'dev:/dev/null', error: 'Not a disk' }],
  maintenance: () => null,
  ciphers: ['aes-256-gcm'],
}

const unknownIn = (facts: HostFacts) =>
  Object.entries(facts).flatMap(([name, value]) =>
    typeof value === 'object' && 'unknown' in value ? [name] : [],
  )

test('gatherFacts() knows all about this machine, in the form of the schema', async (t) => {
  const facts = await gatherFacts(inputs)
  assert.deepEqual(HostFacts.parse(JSON.parse(JSON.stringify(facts))), facts)
  assert.deepEqual(unknownIn(facts), [])
  assert(isKnown(facts.memory) && facts.memory.known.committedBytes === 4096)
  assert(
    isKnown(facts.cpuModels) &&
      facts.cpuModels.known.some(({ name, cpuArch }) => name === cpu && cpuArch === 'generic'),
  )

  const begin = performance.now()
  await gatherFacts(inputs)
  t.diagnostic(`warm: ${(performance.now() - begin).toFixed(1)} ms, ${JSON.stringify(facts).length} bytes`)
})

test('A part that fails is unknown for its reason, and hides nothing else', async () => {
  const broken = () =>
    Promise.reject(new ZoneError('The state of "web1" is damaged', { code: 'X', remedy: 'Restore it' }))
  const facts = await gatherFacts({
    ...inputs,
    hypervisor: hypervisorSource({ binary: 'qemu-nosuch', cpu, cacheFile: join(folder, 'none.json') }),
    zones: broken,
    operations: () => {
      throw new Error('no journal')
    },
  })
  assert.deepEqual(unknownIn(facts).toSorted(), [
    'ciphers',
    'cpuModels',
    'firmware',
    'hypervisor',
    'operations',
    'tsc',
    'zones',
  ])
  assert.deepEqual(facts.zones, { unknown: 'The state of "web1" is damaged. Restore it' })
  assert.deepEqual(facts.operations, { unknown: 'no journal' })
  assert.deepEqual(facts.hypervisor, {
    unknown: 'Cannot run "qemu-nosuch": it is not installed',
    remedy: ['apt-get install qemu-system-x86'],
  })
  assert.deepEqual(HostFacts.parse(facts), facts)
})

test('Without the program ip the links are unknown, and not none', async (t) => {
  const offered = await inputs.hypervisor(inputs)
  const hypervisor = () => Promise.resolve(offered)
  const before = process.env['PATH']
  t.after(() => {
    process.env['PATH'] = before
  })
  process.env['PATH'] = folder
  const facts = await gatherFacts({ ...inputs, hypervisor, defaultLink: '' })
  const missing = { unknown: 'Cannot run "ip": it is not installed', remedy: ['apt-get install iproute2'] }
  assert.deepEqual(facts.links, missing)
  assert.deepEqual(facts.defaultLink, missing)
})

test('The link that the operator names for auto is told as it is, whether it is there or not', async () => {
  const facts = await gatherFacts({ ...inputs, defaultLink: 'br-nowhere' })
  assert.deepEqual(facts.defaultLink, { known: 'br-nowhere' })
})

test('gatherFacts() ends with its signal', async () => {
  const signal = AbortSignal.abort(new Error('enough'))
  await assert.rejects(gatherFacts(inputs, { signal }), /enough/)
})
