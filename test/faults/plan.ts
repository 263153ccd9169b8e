import type { Kind } from '../../src/compat/schema.ts'
import { random } from '../oracle/random.ts'
import { type Case, caseName, type Verb } from './case.ts'
import { faults } from './faults.ts'
import { postcopySteps, steps, stepsOfVerbs } from './steps.ts'

const kinds: readonly Kind[] = ['live', 'warm', 'cold']

/** What can befall a zone that goes nowhere; its host is the source. */
const faultsOfOneHost = faults.filter(({ name }) => !/target|link|ssh|storage-source/.test(name))

const ofKinds: readonly Case[] = kinds.flatMap((kind) =>
  steps
    .filter((step) => step.kinds.includes(kind))
    .flatMap((step) => faultsFor(kind).map((fault) => ({ kind, moment: { step }, faults: [fault] }))),
)

const ofPostcopy: readonly Case[] = postcopySteps.flatMap((step) =>
  faultsFor('live').map((fault) => ({ kind: 'live', moment: { step }, faults: [fault], isPostcopy: true })),
)

const verbs: readonly Verb[] = ['suspend', 'resume']

const ofVerbs: readonly Case[] = verbs.flatMap((verb) =>
  stepsOfVerbs[verb].flatMap((step) =>
    faultsOfOneHost.map((fault) => ({
      kind: verb === 'suspend' ? 'live' : 'warm',
      moment: { step },
      faults: [fault],
      verb,
    })),
  ),
)

/** Where the target's configuration is replaced, or that is undone or made good for ever. */
const overwritingAt = [
  'peer-reserve.end',
  'hand-over.begin',
  'peer-go.begin',
  'arrival.recorded',
  'reserve.undo',
]
const harmsOverwriting = /^(kill-(source|target)-zonesd|ctrl-c|cut-link-long|full-target-disk|reboot-target)$/

const ofOverwriting: readonly Case[] = ofKinds
  .filter(
    ({ moment, faults: [fault] }) =>
      'step' in moment &&
      overwritingAt.includes(moment.step.point) &&
      harmsOverwriting.test(fault?.name ?? ''),
  )
  .map((it) => ({ ...it, overwrites: true }))

/** With the newer QEMU: where the two machines meet, and what ends or breaks something there. */
const ofQemu10: readonly Case[] = [
  ...ofKinds.filter(
    (it) =>
      it.kind === 'live' &&
      isAt(it, ['transfer.active', 'transfer.end', 'peer-go.begin', 'go.continued', 'transfer.undo']),
  ),
  ...ofPostcopy.filter((it) => isAt(it, ['transfer.end', 'peer-go.begin', 'drain.begin'])),
]
  .filter(({ faults: [fault] }) => /^(kill|reboot|stop|ctrl-c|cut|slow)/.test(fault?.name ?? ''))
  .map((it) => ({ ...it, isQemu10: true }))

/** Every step × fault × kind; post-copy, which needs another guest, and another QEMU at the end. */
export const wholeMatrix: readonly Case[] = [
  ...ofKinds,
  ...ofOverwriting,
  ...ofVerbs,
  ...ofPostcopy,
  ...ofQemu10,
]

function isAt({ moment }: Case, points: readonly string[]): boolean {
  return 'step' in moment && points.includes(moment.step.point)
}

function faultsFor(kind: Kind) {
  return faults.filter(({ needsMachine }) => kind === 'live' || needsMachine !== true)
}

/** The cases of the matrix that a pattern `STEP:FAULT:KIND` means; each part is a list of names, or empty for all. */
export function casesLike(pattern: string): Case[] {
  const [step = '', fault = '', kind = ''] = pattern.split(':')
  const fits = (list: string, name = '') => list === '' || list.split(',').includes(name)
  return wholeMatrix.filter((it) => {
    const [itsStep, itsFault, itsKind] = caseName(it).split(':')
    return fits(step, itsStep) && fits(fault, itsFault) && fits(kind, itsKind)
  })
}

/** How long a migration of each kind takes about, so that a random moment mostly lies within. */
const spanMs: Readonly<Record<Kind, number>> = { live: 3_500, warm: 2_000, cold: 2_000 }

/** Cases of a seed: a kind, a moment, one fault, and one time in four a second one on top of it. */
export function* randomCases(count: number, seed: number): Generator<Case> {
  const chance = random(seed)
  for (let index = 0; index < count; index += 1) {
    const kind = chance.pick(['live', 'live', 'warm', 'cold'] as const)
    const delayMs = Math.round(chance.next() * spanMs[kind])
    // What takes longer than all leases is rarer, so that a run finds more in its time.
    const choices = faultsFor(kind).filter(({ isLong }) => isLong !== true || chance.chance(0.3))
    const first = chance.pick(choices)
    const second = chance.chance(0.25) ? [chance.pick(choices)] : []
    yield { kind, moment: { delayMs }, faults: [first, ...second.filter((fault) => fault !== first)] }
  }
}
