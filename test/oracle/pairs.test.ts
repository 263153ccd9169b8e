import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mustMatchProperties } from '../../src/zone/must-match.ts'
import { parseExport } from '../../src/zone/parse-export.ts'
import type { Offer } from './base-pair.ts'
import { differencesOf } from './differences.ts'
import { kinds, type Pair, type PairKind } from './pair.ts'
import { pairs } from './pairs.ts'
import { configText, type ZoneShape } from './zone-shape.ts'

const offer: Offer = { cpuModels: { '7.2': ['Nehalem'], '10.0': ['Nehalem'] }, vlans: true, hugePages: true }

const first = (count: number, seed: number) => pairs(seed, offer).take(count).toArray()

const textOf = (zone: ZoneShape) =>
  configText(zone, (lun) => `iscsi://10.77.0.240/target.iqn.2026-11.example:${lun},lun.1`)

const propertiesOf = (zone: ZoneShape) => mustMatchProperties(parseExport(textOf(zone)), { zonename: 'web1' })

test('pairs() gives the same pairs for the same seed, and others for another', () => {
  assert.deepEqual(first(50, 3), first(50, 3))
  assert.notDeepEqual(first(50, 3), first(50, 4))
})

test('pairs() draws each way of moving about as often as it says, and post-copy with pages of another size', () => {
  const drawn = first(2000, 1)
  for (const [kind, share] of Object.entries(kinds)) {
    const count = drawn.filter((pair) => pair.kind === kind && pair.differences.length === 0).length
    const plain = drawn.filter(({ differences }) => differences.length === 0).length
    assert.ok(Math.abs(count / plain - share) < 0.05, `${kind}: ${count} of ${plain}`)
  }
  const paged = first(320, 1).filter(
    ({ kind, differences }) =>
      kind === 'post-copy' &&
      differences.some((name) => /^(other|smaller) pages behind the memory$/.test(name)),
  )
  assert.ok(paged.length >= 4, `${paged.length}`)
})

test('pairs() comes to each difference', () => {
  const seen = new Set(first(200, 1).flatMap((pair) => pair.differences))
  const missing = differencesOf(offer).filter(({ name }) => !seen.has(name))
  assert.deepEqual(missing, [])
})

test('configText() writes what zonecfg reads, for every pair', () => {
  for (const { zone, targetZone, changedZone } of first(200, 1)) {
    if (changedZone !== null) assert.ok(propertiesOf(changedZone).length > 0)
    assert.ok(propertiesOf(zone).length > 0)
    if (targetZone !== null) assert.ok(propertiesOf(targetZone).length > 0)
  }
})

test('a pair without a difference has equal configurations on hosts that nothing was done to', () => {
  const equal = first(200, 1).filter(({ differences }) => differences.length === 0)
  assert.ok(equal.length > 50)
  for (const { zone, changedZone, targetZone, targetChanges, neighbourMac } of equal) {
    if (targetZone !== null) assert.deepEqual(targetZone, zone)
    assert.deepEqual(
      { changedZone, targetChanges, neighbourMac },
      { changedZone: null, targetChanges: [], neighbourMac: undefined },
    )
  }
})

test('a pair with a difference differs from the plain one in configuration, host or stream', () => {
  const plain: Omit<Pair, 'differences' | 'kind'> = {
    changedZone: null,
    from: '10.0',
    to: '7.2',
    zone: {
      memoryMiB: 24,
      ncpus: 2,
      disks: [
        { id: 0, on: 'boot', bootpri: 0 },
        { id: 1, on: 'data' },
        { id: 2, on: 'large' },
      ],
      nics: [{ kind: 'anet', id: 0, link: 'br1', mac: '2:8:20:1:2:3', vlanId: 7 }],
    },
    targetZone: null,
    targetChanges: [],
    encrypt: false,
    cipher: null,
    neighbourMac: undefined,
  }
  const chance = { next: () => 0.3, pick: <T>(choices: readonly T[]) => choices[0] as T, chance: () => true }
  for (const { name, apply } of differencesOf(offer)) {
    const each = Object.keys(kinds).map((kind) => ({ ...plain, kind: kind as PairKind, differences: [] }))
    const changed = each.flatMap((pair) => {
      const changed = apply(pair, chance)
      return changed === undefined ? [] : [{ pair, changed }]
    })
    assert.ok(changed.length > 0, name)
    for (const { pair, changed: after } of changed)
      assert.notDeepEqual({ ...after, differences: [] }, pair, name)
  }
})
