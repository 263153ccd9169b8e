import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { type Case, caseName } from './case.ts'
import { casesLike, randomCases, wholeMatrix } from './plan.ts'
import { type KeptVerdict, keep, readVerdicts, type Tried } from './record.ts'
import { renderFaults, renderResults } from './render-faults.ts'
import { logsSince, readLog, runCase, type Verdict } from './run-case.ts'
import { holderOf, standing } from './standing.ts'
import { createWorld, type World } from './world.ts'

// The whole matrix of faults, as root: `node test/faults/run.ts [OPTION…]`
//
//   --only STEP:FAULT:KIND   some cases; each part is a list of names or empty; may be given several times
//   --random N [--seed S]    N random cases: instead, or after those of --only, of which '' means all
//   --part I/N               of these every Nth from the Ith (of 0 to N-1), so that several runs share the work
//   --log FILE               each verdict as a line of JSON, added to the file; cases that are in it already are left out
//   --page [--anew] LOG…     adds such files to record.jsonl, writes docs/faults.md from it, and runs nothing; with --anew the
//                            record begins with these files
//
// At its end it prints what docs/faults.md would say of these cases, and of those that the log holds already.
// It ends with 1 if anything was lost, doubled, left behind, or needed what was not printed.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true },
    random: { type: 'string' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    part: { type: 'string', default: '0/1' },
    log: { type: 'string' },
    page: { type: 'boolean', default: false },
    anew: { type: 'boolean', default: false },
  },
})

function git(...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** Of the code that is tried; what is not committed is told by a `+`. */
const tried: Tried = {
  commit: git('rev-parse', '--short', 'HEAD') ?? 'unknown',
  code: `${git('rev-parse', '--short', 'HEAD:src') ?? 'unknown'}${git('status', '--porcelain', ':/src') === '' ? '' : '+'}`,
}

function chosen(): readonly Case[] {
  const { only, random, seed } = values
  const patterns = only ?? (random === undefined ? [''] : [])
  const ofMatrix = patterns.includes('') ? wholeMatrix : patterns.flatMap(casesLike)
  return [...ofMatrix, ...(random === undefined ? [] : randomCases(Number(random), Number(seed)))]
}

function tell({ name, outcome, guest, typed, recoverMs, exitCode, violations, output }: Verdict): void {
  const what = outcome ?? (violations.length > 0 ? 'broken off' : 'nothing there to befall')
  const words = [
    `${what}${guest === 'anew' ? ', guest anew' : ''}`,
    exitCode === null ? 'command killed' : `exit ${exitCode}`,
    `well again after ${(recoverMs / 1000).toFixed(1)} s`,
    ...(typed.length === 0 ? [] : [`typed: ${typed.join('; ')}`]),
  ]
  console.log(`${name}: ${words.join(', ')}`)
  for (const violation of violations) console.log(`  VIOLATION ${violation}`)
  if (violations.length > 0) console.log(output.replace(/^/gm, '  | '))
}

/** Carries out a case in a world. */
async function attempt(world: World, it: Case): Promise<Verdict> {
  const { alpha, beta } = world.hosts
  const startMs = performance.now()
  const begin = (await Promise.all([alpha, beta].map(readLog))).map(({ length }) => length)
  try {
    const isAtBeta = holderOf(await standing(alpha, beta)) === 'target'
    return await runCase(world, isAtBeta ? [beta, alpha] : [alpha, beta], it)
  } catch (error) {
    const output = await logsSince([alpha, beta], begin).catch(String)
    return { ...broken(it, error as Error, startMs), output }
  }
}

/** The verdict on a case that could not be carried out to its end: that is bad too. */
function broken(it: Case, error: Error, startMs: number): Omit<Verdict, 'output'> {
  // Of what was given up, the reason says more.
  const { stack, message } = error.cause instanceof Error ? error.cause : error
  const wallMs = performance.now() - startMs
  const violations = [`it broke off: ${stack ?? message}`]
  const none = { outcome: undefined, guest: 'same', typed: [], exitCode: null } as const
  return { name: caseName(it), ...none, recoverMs: wallMs, wallMs, violations }
}

/** @param onVerdict told of each case as it ends */
async function runAll(cases: readonly Case[], onVerdict: (verdict: KeptVerdict & Verdict) => void) {
  let world: World | undefined
  try {
    for (const it of cases) {
      const how = { isBusy: it.isPostcopy === true, isQemu10: it.isQemu10 === true }
      if (world !== undefined && !isDeepStrictEqual(world.how, how)) {
        await world[Symbol.asyncDispose]()
        world = undefined
      }
      world ??= await createWorld(how)
      const verdict = await attempt(world, it)
      onVerdict({ ...verdict, ...tried, ...('delayMs' in it.moment ? { seed: Number(values.seed) } : {}) })
      if (verdict.violations.length === 0) continue
      // What is left of a bad case must not disturb the next one.
      await world[Symbol.asyncDispose]()
      world = undefined
    }
  } finally {
    await world?.[Symbol.asyncDispose]()
  }
}

if (values.page) {
  const page = join(import.meta.dirname, '../../docs/faults.md')
  await writeFile(page, renderFaults(await keep(positionals, { anew: values.anew })))
} else {
  const { log } = values
  const [part = 0, parts = 1] = values.part.split('/').map(Number)
  const before = log !== undefined && existsSync(log) ? await readVerdicts([log]) : []
  const known = new Set(before.map(({ name }) => name))
  if (!(part >= 0 && part < parts))
    throw new Error(`--part ${values.part}: there are 0/${parts} to ${parts - 1}/${parts}`)
  const mine = chosen().filter((it, index) => index % parts === part && !known.has(caseName(it)))
  console.log(`${mine.length} cases${values.random === undefined ? '' : `, seed ${values.seed}`}`)
  const startMs = performance.now()
  const verdicts: KeptVerdict[] = []
  await runAll(mine, (verdict) => {
    verdicts.push(verdict)
    tell(verdict)
    if (log !== undefined) appendFileSync(log, `${JSON.stringify(verdict)}\n`)
  })
  const all = [...before, ...verdicts]
  const bad = all.filter(({ violations }) => violations.length > 0).length
  console.log(`\n${renderResults(all)}`)
  const minutes = ((performance.now() - startMs) / 60_000).toFixed(1)
  console.log(`${mine.length} cases, ${bad} bad with those of the log, ${minutes} minutes`)
  process.exitCode = bad === 0 ? 0 : 1
}
