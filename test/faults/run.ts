import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Case, caseName } from './case.ts'
import { casesLike, randomCases, wholeMatrix } from './plan.ts'
import { keep, readVerdicts } from './record.ts'
import { renderFaults } from './render-faults.ts'
import { runCase, type Verdict } from './run-case.ts'
import { holderOf, standing } from './standing.ts'
import { createWorld, type World } from './world.ts'

// The whole matrix of faults, as root: `node test/faults/run.ts [OPTION…]`
//
//   --only STEP:FAULT:KIND   some cases; each part is a list of names or empty; may be given several times
//   --random N [--seed S]    N random cases instead
//   --part I/N               of these the Nth part that begins with the Ith, so that several runs share the work
//   --log FILE               each verdict as a line of JSON, added to the file; cases that are in it already are left out
//   --page LOG…              adds such files to record.jsonl, writes docs/faults.md from it, and runs nothing
//
// It ends with 1 if anything was lost, doubled, left behind, or needed what was not printed.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true, default: [''] },
    random: { type: 'string' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    part: { type: 'string', default: '0/1' },
    log: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
})

/** Of the code that is tried. */
const git = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' })
const commit = git.status === 0 ? git.stdout.trim() : 'unknown'

function chosen(): readonly Case[] {
  if (values.random !== undefined) return [...randomCases(Number(values.random), Number(values.seed))]
  if (values.only.includes('')) return wholeMatrix
  return values.only.flatMap(casesLike)
}

function tell({ name, outcome, guest, typed, recoverMs, exitCode, violations, output }: Verdict): void {
  const what = outcome === undefined ? 'nothing there to befall' : outcome
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

/** Carries out a case in a world, and tells whether the world is fit for the next one. */
async function attempt(world: World, it: Case): Promise<boolean> {
  const { alpha, beta } = world.hosts
  const isAtBeta = holderOf(await standing(alpha, beta)) === 'target'
  const verdict = await runCase(world, isAtBeta ? [beta, alpha] : [alpha, beta], it)
  tell(verdict)
  if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify({ ...verdict, commit })}\n`)
  return verdict.violations.length === 0
}

async function runAll(cases: readonly Case[]): Promise<number> {
  let bad = 0
  let world: World | undefined
  try {
    for (const it of cases) {
      world ??= await createWorld()
      const isGood = await attempt(world, it).catch((error: Error) => {
        // Of what was given up, the reason says more.
        const { stack } = error.cause instanceof Error ? error.cause : error
        console.log(`${caseName(it)}: VIOLATION ${stack}`)
        return false
      })
      if (isGood) continue
      bad += 1
      // What is left of a bad case must not disturb the next one.
      await world[Symbol.asyncDispose]()
      world = undefined
    }
  } finally {
    await world?.[Symbol.asyncDispose]()
  }
  return bad
}

if (values.page) {
  const page = join(import.meta.dirname, '../../docs/faults.md')
  await writeFile(page, renderFaults(await keep(positionals)))
} else {
  const [part = 0, parts = 1] = values.part.split('/').map(Number)
  const before = values.log !== undefined && existsSync(values.log) ? await readVerdicts([values.log]) : []
  const known = new Set(before.map(({ name }) => name))
  const mine = chosen().filter((it, index) => index % parts === part && !known.has(caseName(it)))
  console.log(`${mine.length} cases${values.random === undefined ? '' : `, seed ${values.seed}`}`)
  const started = performance.now()
  const bad = await runAll(mine)
  console.log(
    `${mine.length} cases, ${bad} bad, ${((performance.now() - started) / 60_000).toFixed(1)} minutes`,
  )
  process.exitCode = bad === 0 ? 0 : 1
}
