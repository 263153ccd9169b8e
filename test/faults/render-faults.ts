import { faults } from './faults.ts'
import type { Tried, KeptVerdict as Verdict } from './record.ts'
import { postcopySteps, type Step, steps, stepsOfVerbs } from './steps.ts'

const kinds = [
  ...['live', 'postcopy', 'warm', 'cold'],
  ...['live-w', 'warm-w', 'cold-w', 'suspend', 'resume'],
  ...['live-q10', 'postcopy-q10'],
]

const isRandom = ({ name }: Verdict) => /^\d+ms:/.test(name)
const seconds = (ms: number) => (ms / 1000).toFixed(1)

/** The page: what was tried, and what came out of it. */
export function renderFaults(all: readonly Verdict[]): string {
  return `${introduction}\n${renderResults(all)}`
}

/** What came out of it. */
export function renderResults(all: readonly Verdict[]): string {
  const isBad = ({ violations }: Verdict) => violations.length > 0
  const tried = all.filter((verdict) => verdict.outcome !== undefined || isBad(verdict))
  const matrix = tried.filter((verdict) => !isRandom(verdict))
  const chance = tried.filter(isRandom)
  const bad = tried.filter(isBad)
  const onceBad = all.filter(({ onceBad: runs }) => runs !== undefined)
  return `## The runs

${table(
  [
    'run',
    'cases',
    'moved',
    'stayed',
    'suspended',
    'runs',
    'guest anew',
    'a command typed',
    'bad',
    'well again after: median',
    'longest',
  ],
  [
    ['matrix', matrix],
    ['random', chance],
  ].flatMap(([name, verdicts]) => summaryRow(name as string, verdicts as Verdict[])),
)}
Tried on ${codesOf(tried)} (the digest of the tree is \`git rev-parse --short COMMIT:src\`).
${chance.length === 0 ? '' : `Seeds of the random cases: ${seedsOf(chance)}.\n`}
## Step × fault → outcome

M: moved; S: stayed; Z: suspended; R: runs where it was; g: the guest was lost with the machine or host that ran it, and was booted anew from its disk; c: a command that
was printed had to be typed; the number: seconds until all was well again. A dot: there was nothing there that
could befall it, or it is new and was not tried yet.

${kinds.map((kind) => matrixOf(kind, matrix)).join('\n')}
## How long the guest was not heard

The longest time in each live case in which nothing of the guest's counter came over the network, from before the migration until
all was well again; of guests that stayed the same. A fault that stops the guest, or cuts it off, is in it.

${silences(matrix.filter(({ longestSilenceMs }) => longestSilenceMs !== undefined))}
## Bad cases

${bad.length === 0 ? 'None.\n' : bullets(bad.map(({ name, violations }) => inWords(name, violations)))}
## Cases that were once bad

What an earlier run of a case found, whatever the later one says.

${onceBad.length === 0 ? 'None.\n' : bullets(onceBad.flatMap(earlier))}`
}

const bullets = (lines: readonly string[]) => lines.map((line) => `- ${line}\n`).join('')

/** Only the first line of each: a case that broke off has a stack. */
function inWords(name: string, violations: readonly string[]): string {
  return `\`${name}\`: ${violations.map((text) => text.split('\n')[0]).join('; ')}`
}

function earlier({ name, onceBad = [] }: Verdict): string[] {
  return onceBad.map((run) => `${inWords(name, run.violations)} (on ${codeOf(run)})`)
}

/** The digest of the source stays when the history around it is written anew; the commit is easier to find. */
function codeOf({ code, commit }: Tried): string {
  return code === undefined ? `commit ${commit}` : `src ${code}, commit ${commit}`
}

/** Which states of the code were tried, and how often. */
function codesOf(verdicts: readonly Verdict[]): string {
  const counts = Map.groupBy(verdicts, codeOf)
  return [...counts].map(([code, of]) => `${code} (${of.length} cases)`).join('; ')
}

/** With which seeds the random cases were made: `--random N --seed S` makes them again. */
function seedsOf(verdicts: readonly Verdict[]): string {
  const counts = Map.groupBy(verdicts, ({ seed }) => seed)
  return [...counts].map(([seed, of]) => `${seed ?? 'not recorded'} (${of.length} cases)`).join(', ')
}

function summaryRow(name: string, verdicts: readonly Verdict[]): string[][] {
  if (verdicts.length === 0) return []
  const count = (isIt: (verdict: Verdict) => boolean) => `${verdicts.filter(isIt).length}`
  const times = verdicts.map(({ recoverMs }) => recoverMs).toSorted((a, b) => a - b)
  return [
    [
      name,
      `${verdicts.length}`,
      count(({ outcome }) => outcome === 'moved'),
      count(({ outcome }) => outcome === 'stayed'),
      count(({ outcome }) => outcome === 'suspended'),
      count(({ outcome }) => outcome === 'running'),
      count(({ guest }) => guest === 'anew'),
      count(({ typed }) => typed.length > 0),
      count(({ violations }) => violations.length > 0),
      `${seconds(times[Math.floor(times.length / 2)] ?? 0)} s`,
      `${seconds(times.at(-1) ?? 0)} s`,
    ],
  ]
}

function matrixOf(kind: string, verdicts: readonly Verdict[]): string {
  const byName = new Map(verdicts.map((verdict) => [verdict.name, verdict]))
  const otherSteps: Readonly<Record<string, readonly Step[]>> = { postcopy: postcopySteps, ...stepsOfVerbs }
  const points = (otherSteps[kind.replace(/-q10$/, '')] ?? steps)
    .map(({ point }) => point)
    .filter((point) => faults.some(({ name }) => byName.has(`${point}:${name}:${kind}`)))
  if (points.length === 0) return ''
  const rows = faults
    .filter(({ name }) => points.some((point) => byName.has(`${point}:${name}:${kind}`)))
    .map(({ name, words }) => [words, ...points.map((point) => cell(byName.get(`${point}:${name}:${kind}`)))])
  return `### ${kind}\n\n${table(['fault', ...points], rows)}`
}

function silences(verdicts: readonly Verdict[]): string {
  const span = (those: readonly Verdict[], outcome: Verdict['outcome']) => {
    const times = those
      .filter((it) => it.outcome === outcome)
      .map(({ longestSilenceMs = 0 }) => longestSilenceMs)
    const sorted = times.toSorted((a, b) => a - b)
    const [median, longest] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
    return median === undefined || longest === undefined ? ['·', '·'] : [median, longest].map(inMs)
  }
  const row = (words: string, those: readonly Verdict[]) => [
    words,
    ...span(those, 'moved'),
    ...span(those, 'stayed'),
  ]
  const ofFault = faults.flatMap(({ name, words }) => {
    const those = verdicts.filter((verdict) => verdict.name.split(':')[1] === name)
    return those.length === 0 ? [] : [row(words, those)]
  })
  return table(
    ['fault', 'moved: median', 'longest', 'stayed: median', 'longest'],
    [...ofFault, row('all', verdicts)],
  )
}

const letterOf = { moved: 'M', stayed: 'S', suspended: 'Z', running: 'R' } as const

const inMs = (ms: number) => `${Math.round(ms)} ms`

function cell(verdict: Verdict | undefined): string {
  if (verdict === undefined) return '·'
  const { outcome, guest, typed, recoverMs, violations } = verdict
  const letters = `${letterOf[outcome ?? 'stayed']}${guest === 'anew' ? 'g' : ''}${typed.length > 0 ? 'c' : ''}`
  if (outcome === undefined) return '**BAD**'
  return `${violations.length > 0 ? '**BAD** ' : ''}${letters} ${seconds(recoverMs)}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}

const introduction = `# Faults in the middle of a migration

Made by \`node test/faults/run.ts --page LOG…\` from the logs of real runs, which \`test/faults/record.jsonl\` keeps; do not edit.

Two hosts in network namespaces, an iSCSI server, and a real guest that writes an increasing number with a checksum to its disk
ten times a second. The migration is stopped at a step (\`src/util/test-hold.ts\`: nothing is left to chance), something goes
wrong there, and the migration goes on. Then it is judged:

- One runner: a witness stands between the hosts and their storage and sees each write with the host that sends it. A guest that
  runs twice, or wakes up late, would use a number again, or write from a host that the guest has left.
- No committed write lost: each write that the storage has confirmed is on its disk at the end.
- Neither is it otherwise from the network: the guest's counter is read over TCP (again, if a fault has broken the connection); no
  number is damaged, left out or comes back, and the switch sees its hardware address at one host, and then at the other. It can
  be reached at the end.
- The zone runs on exactly one host, or one command that was printed makes it run. It is typed word for word.
- Nobody was told otherwise: no message says that the zone is where it is not, and only a zone that has moved ends the command with 0.
- The disk says so: the owner record on it names that host.
- The guest is the same (its boot id), unless the machine or host that ran it was killed.
- Both hosts are clean: no process, link, socket, key, mark or journal is left, no memory is promised beside that of the guest, and
  nothing is under way. The text of the zone's configuration is as it was on both; a target without one has the source's if the
  zone has moved, and none if it has stayed. With \`-w\` (the kinds \`live-w\`, \`warm-w\` and \`cold-w\`) the target has another one, which is
  the source's if the zone has moved, and as it was if it has stayed. The next case uses the same zone on the same hosts.

Suspending a zone and resuming it are held at their steps too, on one host. There the zone runs or is suspended at the end, or one
command that was printed makes it run; once the image is whole, and until the guest is told to go on from it, nothing loses the guest.

The hosts run QEMU 7.2; with the kinds \`live-q10\` and \`postcopy-q10\` they run QEMU 10.0.

Leases and times to wait are a fifth of those in use (\`src/util/test-patience.ts\`), so that they can be waited out. The link
is slowed down by tbf; packets are lost by a classifier with the kernel's random numbers, since the kernel here has no netem. The
clock that jumps is that of kzone's programs (\`test/faults/clock-shim.mjs\`), not the kernel's, of which there is one for both
hosts. A host that goes down loses its network first, so that nobody hears of it; its processes are killed, and run/ is emptied.
`
