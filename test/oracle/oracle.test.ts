import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { NotTriedError } from './attempt.ts'
import { basePair } from './base-pair.ts'
import { differencesOf } from './differences.ts'
import { lost } from './migrate-running.ts'
import { createWorld, type OracleWorld } from './oracle-world.ts'
import { kinds, type Pair, type PairKind } from './pair.ts'
import { pairs } from './pairs.ts'
import { random } from './random.ts'
import { describeTrial } from './render-oracle.ts'
import { isMiss, type Trial, tryPair } from './trial.ts'

// A small part of what `node test/oracle/run.ts` tries: about 2 s for each pair.

const seed = 14
const drawn = 10

describe('the compatibility check', { skip: whyNoNamespaces(), timeout: 300_000 }, () => {
  let world: OracleWorld
  before(async () => {
    world = await createWorld()
  })
  after(() => world[Symbol.asyncDispose]())

  /** A zone with two disks and a NIC that moves to the other QEMU, with one difference. */
  async function tryWith(name?: string, kind: PairKind = 'live'): Promise<Trial> {
    const chance = random(seed)
    const base: Pair = {
      ...basePair(chance, world.offer),
      kind,
      from: '7.2',
      to: '10.0',
      encrypt: true,
      zone: {
        memoryMiB: 24,
        ncpus: 2,
        disks: [
          { id: 0, on: 'boot', bootpri: 0 },
          { id: 1, on: 'data' },
        ],
        nics: [{ kind: 'anet', id: 0, link: 'net0', mac: '2:8:20:1:2:3' }],
      },
    }
    const pair = { ...base, targetZone: base.zone }
    const difference = differencesOf(world.offer).find((candidate) => candidate.name === name)
    return tryPair(world, difference?.apply(pair, chance) ?? pair)
  }

  for (const kind of Object.keys(kinds) as PairKind[]) {
    test(`passes a zone that moves to a newer QEMU (${kind}), and the guest goes on with all that it had`, async () => {
      const { verdict, outcome, words } = await tryWith(undefined, kind)
      assert.deepEqual({ verdict, outcome, words }, { verdict: 'pass', outcome: 'works', words: [] })
    })
  }

  test('refuses another disk under the same id, with which QEMU destroys the guest without a word', async () => {
    const trial = await tryWith('another disk of the same size')
    assert.equal(trial.verdict, 'refuse')
    assert.equal(trial.outcome, 'corrupted', describeTrial(trial))
  })

  test('refuses one more disk, with which QEMU lets the guest go on in another machine', async () => {
    const trial = await tryWith('one more disk')
    assert.equal(trial.verdict, 'refuse')
    assert.equal(trial.outcome, 'another machine', describeTrial(trial))
  })

  test('refuses a suspended zone whose memory was changed: QEMU would not load it, and it goes on where it was', async () => {
    const trial = await tryWith('memory changed while it was suspended', 'warm')
    assert.deepEqual(
      trial.reasons.map(({ rule }) => rule),
      ['configuration/suspended'],
    )
    assert.equal(trial.outcome, 'refused', describeTrial(trial))
  })

  test('refuses a disk less, by which post-copy loses the guest', async () => {
    const trial = await tryWith('a disk is missing', 'post-copy')
    assert.equal(trial.verdict, 'refuse')
    assert.equal(trial.outcome, 'corrupted', describeTrial(trial))
    assert.ok(trial.words.includes(lost), describeTrial(trial))
  })

  test('passes no pair of hosts, drawn by chance, with which the migration then fails', async (context) => {
    const trials: Trial[] = []
    for (const pair of pairs(seed, world.offer)) {
      if (trials.length === drawn) break
      const trial = await tryPair(world, pair).catch((error: unknown) => {
        if (error instanceof NotTriedError) return undefined
        throw error
      })
      if (trial !== undefined) trials.push(trial)
    }
    for (const trial of trials) context.diagnostic(describeTrial(trial))
    assert.deepEqual(trials.filter(isMiss).map(describeTrial), [])
    assert.equal(new Set(trials.map(({ pair }) => pair.kind)).size, Object.keys(kinds).length)
    assert.ok(
      trials.some(({ verdict }) => verdict === 'pass') && trials.some(({ verdict }) => verdict === 'refuse'),
    )
  })
})
