import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Changes } from '../../test/compat/apply-changes.ts'
import { differences, singleDifferences, states } from '../../test/compat/arbitrary-input.ts'
import { changedInput } from '../../test/compat/changed-input.ts'
import { luns } from '../../test/compat/sample-input.ts'
import { check } from './check.ts'
import type { CheckInput } from './input.ts'
import { perObject } from './per-object.ts'
import { type Context, type Rule, rule } from './rule.ts'
import { rules } from './rules/index.ts'
import type { Kind, Report } from './schema.ts'
import { shareEqual } from './share-equal.ts'
import { StillQuiet } from './still-quiet.ts'

const base = changedInput({})

/** One zone, to be checked against hosts that differ in many ways, with equal facts as the same objects. */
function oneZoneManyTargets(changed: readonly CheckInput[]): CheckInput[] {
  const facts = shareEqual(changed.map(({ target }) => target))
  return changed.flatMap((other, index) => {
    const { targetContract, targetProperties, keys, owner, path, sharing, clockOffset } = other
    const target = facts[index]
    if (target === undefined) return []
    const own = { targetContract, targetProperties, keys, owner, path, sharing, clockOffset }
    const told = Object.fromEntries(Object.entries(own).filter(([, fact]) => fact !== undefined))
    return [{ ...base, ...told, target, intent: { ...base.intent, targetUri: `ssh://host${index}` } }]
  })
}

const kinds = ['cold', 'warm', 'live'] as const

/** The same object for the same zone, as where one is checked against many hosts. */
const zoneAs = perObject((zone: CheckInput['zone']) => ({
  cold: { ...zone, ...states.cold },
  warm: { ...zone, ...states.warm },
  live: { ...zone, ...states.live },
}))

function asKind(kind: Kind, input: CheckInput): CheckInput {
  return { ...input, zone: zoneAs(input.zone)[kind], intent: { ...input.intent, kind } }
}

function alone(input: CheckInput): Report {
  return check(input, [...watched])
}

type Turn = (input: CheckInput) => CheckInput

/** Each thing besides its facts by which a rule can tell a target from another, with other values for it. */
const things: Readonly<Record<string, Turn>> = {
  'its name': (input) => ({
    ...input,
    target: { ...input.target, host: { ...input.target.host, name: 'delta' } },
  }),
  'its id': (input) => ({ ...input, target: { ...input.target, host: input.source.host } }),
  kzone: (input) => ({
    ...input,
    target: { ...input.target, kzone: { version: '9.0.0', protocol: { min: 7, max: 8 } } },
  }),
  architecture: (input) => ({ ...input, target: { ...input.target, architecture: 'riscv64' } }),
  kernel: (input) => ({ ...input, target: { ...input.target, kernel: '6.18.2' } }),
  'user network': (input) => ({
    ...input,
    target: { ...input.target, userNetwork: !input.target.userNetwork },
  }),
  'going down': (input) => ({ ...input, target: { ...input.target, goingDown: true } }),
  uri: (input) => ({ ...input, intent: { ...input.intent, targetUri: 'facts:delta.json' } }),
}

const other = changedInput({
  config: 'select virtual-cpu; set ncpus=4; end; set host-compatible=level2',
  'boot.known.maxCpus': 4,
  'source.kernel': '5.10.0',
  'zone.name': 'web2',
})

/** What else is not the same in two checks. */
const turns: Readonly<Record<string, Turn>> = {
  ...things,
  contract: (input) => ({ ...input, contract: other.contract }),
  properties: (input) => ({ ...input, properties: other.properties }),
  boot: (input) => ({ ...input, boot: other.boot }),
  source: (input) => ({ ...input, source: other.source }),
  zone: (input) => ({ ...input, zone: other.zone }),
  encrypt: (input) => ({ ...input, intent: { ...input.intent, encrypt: false } }),
  cipher: (input) => ({ ...input, intent: { ...input.intent, cipher: 'rot13' } }),
  postcopy: (input) => ({ ...input, intent: { ...input.intent, postcopy: true } }),
  pause: (input) => ({ ...input, intent: { ...input.intent, maxPauseMs: 100 } }),
  operation: (input) => ({ ...input, intent: { ...input.intent, operationId: 'op-9' } }),
}

/** A rule that looks at one thing alone, and finds something where that is the other one. */
function looker(name: string, sees: (context: Context) => boolean): Rule {
  return rule({
    id: `looks/${name.replaceAll(' ', '-')}`,
    title: name,
    doc: name,
    remedy: name,
    kinds,
    severity: 'warning',
    needs: {},
    check(_, context) {
      return sees(context) ? [{ property: name, source: '', target: '', why: '', remedies: [] }] : []
    },
  })
}

/** Real rules look at some things only when they have found something. */
const watched: readonly Rule[] = [
  ...rules,
  looker('its name', ({ target }) => target.host.name === 'delta'),
  looker('its id', ({ source, target }) => target.host.id === source.host.id),
  looker('kzone', ({ target }) => target.kzone.version === '9.0.0'),
  looker('architecture', ({ target }) => target.architecture === 'riscv64'),
  looker('kernel', ({ target }) => target.kernel === '6.18.2'),
  looker('user network', ({ target }) => target.userNetwork),
  looker('going down', ({ target }) => target.goingDown === true),
  looker('uri', ({ intent }) => intent.targetUri === 'facts:delta.json'),
  looker('contract', ({ contract }) => contract.ncpus === 4),
  looker('properties', ({ properties }) => properties === other.properties),
  looker('source', ({ source }) => source.kernel === '5.10.0'),
  looker('zone', ({ zone }) => zone.name === 'web2'),
  looker('encrypt', ({ intent }) => !intent.encrypt),
  looker('cipher', ({ intent }) => intent.cipher === 'rot13'),
  looker('postcopy', ({ intent }) => intent.postcopy === true),
  looker('pause', ({ intent }) => intent.maxPauseMs === 100),
  looker('operation', ({ intent }) => intent.operationId === 'op-9'),
]

test('Each thing that tells one target from another is seen, whatever else there is to be found, for each kind', () => {
  const kept = [...watched]
  for (const kind of kinds) {
    for (const change of singleDifferences) {
      const input = asKind(kind, changedInput(change))
      const report = alone(input)
      assert.deepEqual(check(input, kept), report)
      for (const [thing, turn] of Object.entries(things)) {
        const turned = turn(input)
        assert.deepEqual(check(turned, kept), alone(turned), `${thing} after ${JSON.stringify(change)}`)
        assert.deepEqual(check(input, kept), report, `${thing} before ${JSON.stringify(change)}`)
      }
    }
  }
})

test('One check after the other is as if each were the only one, whatever changes in between', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ turn: fc.constantFrom(...Object.keys(turns)) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom(...kinds) }) },
    { weight: 2, arbitrary: fc.record({ host: fc.nat({ max: 2 }) }) },
  )
  fc.assert(
    fc.property(
      fc.array(differences(), { minLength: 3, maxLength: 3 }),
      fc.array(step, { minLength: 2, maxLength: 30 }),
      (changes, steps) => {
        const hosts = oneZoneManyTargets(changes.map(changedInput))
        const kept = [...watched]
        const turned = new Set<string>()
        let [kind, host]: [Kind, number] = ['live', 0]
        for (const next of steps) {
          if ('kind' in next) kind = next.kind
          else if ('host' in next) host = next.host
          else if (!turned.delete(next.turn)) turned.add(next.turn)
          const input = hosts[host]
          assert.ok(input !== undefined)
          const all = [...turned].reduce((each, turn) => turns[turn]?.(each) ?? each, input)
          const asked = asKind(kind, all)
          assert.deepEqual(check(asked, kept), alone(asked))
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('One host after the other is judged as if each were the only one', () => {
  fc.assert(
    fc.property(
      fc.array(differences(), { minLength: 2, maxLength: 12 }),
      fc.constantFrom(...kinds),
      (changes, kind) => {
        const kept = [...watched]
        const { zone, intent } = asKind(kind, base)
        for (const input of oneZoneManyTargets(changes.map(changedInput))) {
          const { targetUri } = input.intent
          const asked = { ...input, zone, intent: { ...intent, targetUri } }
          assert.deepEqual(check(asked, kept), alone(asked))
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('A check that is broken off by a rule is no reason to leave out anything in the next one', () => {
  const [some] = rules
  assert.ok(some !== undefined)
  let breaks = false
  // In the middle: some rules come before it, others after.
  const breaking: Rule = {
    ...some,
    id: 'identity/breaks',
    needs: [],
    reads: ['target.cpu', 'target.storage'],
    judge() {
      if (breaks) throw new Error('broken')
      return []
    },
  }
  const like = (changes: Changes) => ({ ...base, target: changedInput(changes).target })
  const vendor = like({ 'target.cpu.known.vendor': 'AuthenticAMD' })
  const refused = like({ 'target.storage.known.0': { uri: luns[0], error: 'refused' } })
  for (const [first, second] of [
    [base, refused],
    [vendor, base],
    [vendor, refused],
    [refused, vendor],
  ] as const) {
    for (const third of [first, second]) {
      const kept = [...rules, breaking]
      check(first, kept)
      breaks = true
      assert.throws(() => check(second, kept), /broken/)
      breaks = false
      assert.deepEqual(check(third, kept), check(third, [...rules, breaking]))
    }
  }
})

test('Against a host that is like the last one most rules are not judged again, but those that look at which it is', () => {
  const [first, second] = oneZoneManyTargets([
    changedInput({ targetConfig: null }),
    changedInput({ targetConfig: null, 'target.host.name': 'gamma' }),
  ])
  assert.ok(first !== undefined && second !== undefined)
  const quiet = new StillQuiet(rules)
  quiet.begin(first)
  for (const [number, rule] of rules.entries()) quiet.note(number, rule.judge(first).length === 0)
  quiet.end(first)
  quiet.begin(second)
  const again = rules.filter((_, number) => !quiet.has(number)).map(({ id }) => id)
  assert.ok(again.includes('identity/other-host') && again.length < rules.length / 3, again.join(', '))

  quiet.end(second)
  quiet.begin({ ...second, zone: { ...second.zone } })
  assert.ok(
    rules.every((_, number) => !quiet.has(number)),
    'another zone',
  )
})
