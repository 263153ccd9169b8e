import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tinySpec } from '../../test/fixtures/tiny-machine.ts'
import type { MachineSpec } from '../vm/schema.ts'
import { Reservations, type Wanted } from './reservations.ts'
import type { Stock } from './stock.ts'
import type { Zone } from './zone.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3

const stock = (change: Partial<Stock> = {}): Stock => ({
  memory: { totalBytes: 8 * gib, availableBytes: 6 * gib },
  pools: [],
  taken: new Map(),
  identities: new Map(),
  ...change,
})

function wanted(zone: string, memoryBytes: number, change: Partial<MachineSpec> = {}): Wanted {
  const spec = { ...tinySpec(zone, `uuid of ${zone}`), memoryBytes, ...change }
  const memory = { physicalBytes: memoryBytes, pagesizePolicy: undefined, pagesizeBytes: undefined }
  return { id: `of ${zone}`, kind: 'arriving', spec, memory }
}

const withPolicy = (zone: string, memoryBytes: number, pagesizePolicy: string): Wanted => ({
  ...wanted(zone, memoryBytes),
  memory: { physicalBytes: memoryBytes, pagesizePolicy, pagesizeBytes: undefined },
})

const disk = (storage: string) => ({ id: 0, storage, pciSlot: 1, serial: 's' })
const nic = (macAddress: string) => ({ kind: 'anet' as const, id: 0, pciSlot: 2, macAddress })

/** A zone with a machine that runs here. */
function runningZone({ spec }: Wanted, pageBytes = 4096): Zone {
  return { name: spec.zonename, running: { machine: { spec }, record: { pageBytes } } } as unknown as Zone
}

const ledger = (running: readonly Zone[] = []) => new Reservations({ all: () => [...running] })

test('Of two that want the same memory the first gets it, and the other is told who has it', () => {
  const reservations = ledger()
  // Both have looked before either takes.
  const [first, second] = [stock(), stock()]
  reservations.take(wanted('web1', 4 * gib), first)
  assert.throws(() => reservations.take({ ...wanted('web2', 4 * gib), kind: 'booting' }, second), {
    code: 'NO_MEMORY',
    message: "zone 'web2': needs 4G of memory, this host has 2048M left; promised to web1 4G (arriving)",
    remedy: /Halt another zone/,
  })
  reservations.drop('of web1')
  reservations.take(wanted('web2', 4 * gib), second)
  assert.deepEqual(
    reservations.all().map(({ spec, kind }) => [spec.zonename, kind]),
    [['web2', 'arriving']],
  )
})

test('Of two that want the same huge pages the first gets them; the policy decides what the other gets', () => {
  const reservations = ledger()
  const pages = stock({ pools: [{ sizeBytes: gib, total: 3, free: 3 }] })
  assert.equal(reservations.take(withPolicy('web1', 2 * gib, 'largest-only'), pages).pageBytes, gib)
  assert.throws(() => reservations.take(withPolicy('web2', 2 * gib, 'largest-only'), pages), {
    code: 'NO_HUGE_PAGES',
    message: /; promised to web1 2G \(arriving\)$/,
  })
  assert.equal(
    reservations.take(withPolicy('web3', 2 * gib, 'largest-available'), pages).pageBytes,
    undefined,
  )
  reservations.drop('of web1')
  assert.equal(reservations.take(withPolicy('web2', 2 * gib, 'largest-only'), pages).pageBytes, gib)
})

const alone = [
  ['uuid', 'UUID_TAKEN', { uuid: 'one' }],
  ['MAC address', 'MAC_IN_USE', { nics: [nic('02:08:20:00:00:01')] }],
  ['disk', 'STORAGE_IN_USE', { disks: [disk('iscsi://h/target.iqn.x:y,lun.1')] }],
] as const

for (const [what, code, change] of alone) {
  test(`A ${what} is promised to one only, and to the next when that has ended`, () => {
    const reservations = ledger()
    const parts = change as unknown as Partial<MachineSpec>
    reservations.take(wanted('web1', mib, parts), stock())
    const next = () => reservations.take(wanted('web2', mib, parts), stock())
    assert.throws(next, { code, message: /zone 'web1', which is on its way here$/ })
    reservations.drop('of web1')
    next()
  })
}

test('One disk under two URIs is known by its identity, also of a promise that was made meanwhile', () => {
  const reservations = ledger()
  const [one, other] = ['dev:/dev/sda', 'dev:/dev/disk/by-id/x']
  const early = stock({ identities: new Map([[other, 'device 8']]) })
  reservations.take(
    wanted('web1', mib, { disks: [disk(one)] }),
    stock({ identities: new Map([[one, 'device 8']]) }),
  )
  assert.throws(() => reservations.take(wanted('web2', mib, { disks: [disk(other)] }), early), {
    code: 'STORAGE_IN_USE',
  })
})

test('A machine that runs is its own promise, counted once, less what it has taken', () => {
  const running = wanted('web1', 4 * gib)
  const reservations = ledger([runningZone(running)])
  // Noted as on its way, as while its machine is being started.
  reservations.keep('web1')
  assert.equal(reservations.all().length, 1)
  const taken = new Map([['web1', { bytes: 3 * gib, pageBytes: undefined }]])
  const now = stock({ memory: { totalBytes: 8 * gib, availableBytes: 3 * gib }, taken })
  // 3 GiB are there, 1 GiB of it is still to be taken by web1.
  assert.throws(() => reservations.take(wanted('web2', 2 * gib + mib), now), { code: 'NO_MEMORY' })
  reservations.take(wanted('web2', 2 * gib), now)
})

test('A zone that is rebooted keeps its place while its machine is exchanged', () => {
  const zones = [runningZone(wanted('web1', 4 * gib))]
  const reservations = new Reservations({ all: () => zones })
  const kept = reservations.keep('web1')
  zones.pop()
  assert.throws(() => reservations.take(wanted('web2', 4 * gib), stock()), { code: 'NO_MEMORY' })
  reservations.take({ ...wanted('web1', 5 * gib), kind: 'booting' }, stock())
  kept[Symbol.dispose]()
  reservations.drop('of web1')
  assert.deepEqual(reservations.all(), [])
})

test('A name is held for one migration, and by what is promised', () => {
  const reservations = ledger()
  const held = reservations.holdName('web1')
  assert.ok(held !== undefined)
  assert.equal(reservations.holdName('web1'), undefined)
  reservations.take(wanted('web1', mib), stock())
  held[Symbol.dispose]()
  assert.equal(reservations.holdName('web1'), undefined)
  reservations.drop('of web1')
  assert.ok(reservations.holdName('web1') !== undefined)
})

test('What is promised never exceeds what there is, whatever comes and goes', () => {
  const sizes = [2 * mib, gib]
  const total = stock({
    memory: { totalBytes: 8 * gib, availableBytes: 6 * gib },
    pools: sizes.map((sizeBytes) => ({ sizeBytes, total: gib / sizeBytes, free: gib / sizeBytes })),
  })
  const step = fc.record({
    zone: fc.nat({ max: 9 }).map((number) => `web${number}`),
    leaves: fc.boolean(),
    mebibytes: fc.integer({ min: 1, max: 1024 }).map((count) => count * 2),
    policy: fc.constantFrom(undefined, 'largest-only', 'largest-available', 'smallest-only'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const reservations = ledger()
      for (const { zone, leaves, mebibytes, policy } of steps) {
        if (leaves) reservations.drop(`of ${zone}`)
        else attempt(() => reservations.take(withPolicy(zone, mebibytes * mib, policy ?? ''), total))
        const promised = (pageBytes: number | undefined) =>
          reservations
            .all()
            .filter((each) => each.pageBytes === pageBytes)
            .reduce((sum, { spec }) => sum + spec.memoryBytes, 0)
        assert.ok(promised(undefined) <= 6 * gib)
        for (const sizeBytes of sizes) assert.ok(promised(sizeBytes) <= gib)
      }
    }),
  )
})

function attempt(take: () => unknown): void {
  try {
    take()
  } catch (error) {
    assert.match((error as { code?: string }).code ?? '', /^(NO_MEMORY|NO_HUGE_PAGES)$/)
  }
}
