import { type Outcome, outcomes } from './compare-arrival.ts'
import { lost } from './migrate-running.ts'
import { isMiss, type Trial } from './trial.ts'

export interface RunFacts {
  readonly seed: number
  readonly seconds: number
  /** Pairs whose guest did not boot at the source, or had all of its memory there before it could go on by post-copy. */
  readonly untried: number
}

/** A trial in one line. */
export function describeTrial({ pair, verdict, reasons, outcome, words }: Trial): string {
  const own = pair.targetZone === null ? 'no configuration there' : 'own configuration there'
  const why = reasons.length === 0 ? '' : ` (${reasons.map(({ rule }) => rule).join(', ')})`
  const seen = words.length === 0 ? '' : `: ${words.join('; ')}`
  return `${pair.kind}, ${directionOf(pair)}, ${nameOf(pair)}, ${own}: ${verdict}${why}; ${outcome}${seen}`
}

const directionOf = ({ from, to }: Trial['pair']) => `${from} → ${to}`
const nameOf = ({ differences }: Trial['pair']) => differences.join(' + ') || 'nothing but the QEMU'

/** The page on the oracle: what it does, and what came out of a run. */
export function renderOracle(trials: readonly Trial[], { seed, seconds, untried }: RunFacts): string {
  const passed = trials.filter(({ verdict }) => verdict === 'pass')
  const refused = trials.filter(({ verdict }) => verdict === 'refuse')
  const misses = trials.filter(isMiss)
  const strict = refused.filter(({ outcome }) => outcome === 'works')
  const without =
    untried === 0
      ? ''
      : ` ${untried} further pairs could not be tried: the guest did not boot at the source, or did not come to post-copy.`
  return `${introduction}
## The run

\`node test/oracle/run.ts ${trials.length} ${seed}\`: **${trials.length} trials, ${misses.length} misses**, in ${Math.round(seconds / 60)} minutes.${without}

${outcomeTable('the check says', [
  ['pass', passed],
  ['refuse', refused],
])}
${outcomeTable(
  'the zone moves',
  groupBy(trials, ({ pair }) => pair.kind),
)}
${outcomeTable(
  'QEMU',
  groupBy(trials, ({ pair }) => directionOf(pair)),
)}
## Misses

${misses.length === 0 ? 'None: whatever the check passed, worked.\n' : list(misses.map(describeTrial))}
## Refused although it would have worked here

${strict.length} of the ${refused.length} refused migrations went well when they were tried. The reasons of the check hold beyond
what a guest notices in the first seconds:

${table(['what differs', 'trials', 'rule', 'why it is refused'], strictRows(strict))}
## What the refusals prevented

Of the ${refused.length} refused migrations, QEMU itself refused ${count(refused, 'refused')}, late; ${count(refused, 'another machine')} ended in another machine and ${count(refused, 'corrupted')} in a
guest that was damaged, without a word from QEMU, except for those that post-copy lost
(${refused.filter(({ words }) => words.includes(lost)).length}): such a guest could not be loaded there, and QEMU takes none back that has begun to go over.

${table(['what differs', 'trials', 'what was seen (an example)'], damageRows(refused))}
## Pages of another size

QEMU moves memory into pages of any size, but not by post-copy (\`memory/postcopy-pages\`):

${outcomeTable(
  'pages behind the memory',
  groupBy(
    trials.filter(({ pair }) => /^[^+]*pages[^+]*$/.test(nameOf(pair))),
    ({ pair }) => `${nameOf(pair)}, ${pair.kind}`,
  ),
)}
## All differences

${outcomeTable(
  'what differs',
  groupBy(trials, ({ pair }) => nameOf(pair)).filter(([name]) => !name.includes(' + ')),
)}
Pairs with two differences are not in this table.
`
}

const introduction = `<!-- Written by test/oracle/run.ts: do not edit. -->

# The oracle of the compatibility check

The check predicts; the oracle tries. It draws a zone and two hosts in which single things differ, boots the zone on the
one host, asks the check with real facts and a real boot record, and then moves the zone **whatever the check says**. A
pair that the check passes and that does not work is a miss, and there may be none.

- Some zones move *live*. Others move *warm*: the guest is suspended into an encrypted image on the shared storage, the check is asked
  about the suspended guest, and it is resumed from the image on the other host; what kzone's own second look there would refuse
  counts as refused, too. Others move by *post-copy*: the guest goes on at the target when half of its memory is there, and the rest
  follows. A zone that moves *cold* is down and has no state that could go: it boots anew from its configuration, so there is no
  guest to ask.
- The hosts are network namespaces with their own bridges, root folder and QEMU: 7.2 of Debian 12, or 10.0 of its
  backports, in all four directions. The disks are on an iSCSI server that all of them reach.
- The machine on the target is the one that the target's own configuration describes; without one, it is the source's, and of a
  suspended guest whose configuration was changed since then the one that this describes now.
  Facts, rules, command line, memory stream, suspend image and their encryption are those of kzone, below zonesd.
- The guest (\`test/oracle/guest/reporting-guest.s\`) runs on the bare machine. Without end it rewrites its memory and compares all
  of it with what must be there, reads from each disk what it wrote in rounds before, writes anew, wakes its other
  CPUs and looks at its clock. When it is asked it reports what it found wrong, and all that it sees of its machine: each leaf of CPUID,
  the configuration space of each PCI device, features and configuration of each virtio device, serial numbers of the disks,
  memory and CPUs.
- A migration *works* if the guest goes on without a fault, sees the same machine as before, and its NICs and disks are connected as before.
  Otherwise QEMU or kzone *refused* it on the way, or the guest goes on in *another machine*, or it is *corrupted*.
- What was refused on the way must leave the guest unharmed at the source: it is asked there, too, a suspended one after it has been
  resumed there from its image. A guest that goes over by post-copy when the target's QEMU fails is lost: it counts as corrupted.

Not tried, for want of them on the machine that runs it: KVM, bridges that tell VLANs apart (a kernel without them; where there are,
they are used), and hosts with unlike processors, for which the two QEMUs stand in. Read-only disks, other models of NICs and more
CPUs than a guest boots with are not in this release. Nor does the guest start its other CPUs while it moves (it wakes them): QEMU's emulation
loses where a CPU is to start that is told to in just that moment ([decision 17](decisions/0017-emulated-guests-stand-still.md)).

Not tried either, since QEMU could not tell: other keys of the zone (they open its host data and suspend images, with which QEMU has
nothing to do; here both hosts have the key of the image), and a target without memory for it (the hosts share the memory of one
machine, and QEMU takes a guest's memory only as the guest uses it). Unit tests and scenarios judge these.
`

function count(trials: readonly Trial[], outcome: Outcome): number {
  return trials.filter((trial) => trial.outcome === outcome).length
}

function groupBy(trials: readonly Trial[], key: (trial: Trial) => string): [string, Trial[]][] {
  return [...Map.groupBy(trials, key)].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function outcomeTable(title: string, groups: readonly (readonly [string, readonly Trial[]])[]): string {
  const rows = groups.map(([name, trials]) => [
    name,
    trials.length,
    count(
      trials.filter(({ verdict }) => verdict === 'pass'),
      'works',
    ),
    ...outcomes.map((outcome) => count(trials, outcome)),
  ])
  return table([title, 'trials', 'passed and worked', ...outcomes], rows)
}

/** Where the check is stricter than a short trial: by difference and rule, of trials in which one thing differs. */
function strictRows(strict: readonly Trial[]): (string | number)[][] {
  const cases = strict.flatMap(({ pair, reasons }) =>
    reasons.map(({ rule, why }) => ({ name: nameOf(pair), rule, why })),
  )
  return [...Map.groupBy(cases, ({ name, rule }) => `${name} ${rule}`)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...others]]) =>
      first === undefined ? [] : [[first.name, others.length + 1, `\`${first.rule}\``, first.why]],
    )
}

function damageRows(refused: readonly Trial[]): (string | number)[][] {
  const damaged = refused.filter(({ outcome }) => outcome === 'another machine' || outcome === 'corrupted')
  return groupBy(damaged, ({ pair }) => nameOf(pair))
    .filter(([name]) => !name.includes(' + '))
    .map(([name, trials]) => [name, trials.length, shortened(trials[0]?.words.join('; ') ?? '')])
}

const shortened = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

function table(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell).join(' | ')} |\n`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('')
}

const cell = (value: string | number) => String(value).replaceAll('|', '\\|').replaceAll('\n', ' ')

const list = (lines: readonly string[]) => lines.map((line) => `- ${line}\n`).join('')
