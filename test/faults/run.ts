import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Case, caseName } from './case.ts'
import { faults } from './faults.ts'
import { runCase, type Verdict } from './run-case.ts'
import { holderOf, standing } from './standing.ts'
import { steps } from './steps.ts'
import { createWorld, type World } from './world.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    log: { type: 'string' },
    part: { type: 'string' },
  },
})

const matches = (it: Case, pattern: string) => {
  const [point = '', fault = '', kind = ''] = pattern.split(':')
  const fits = (words: string, name: string) =>
    words === '' || words === '*' || words.split(',').includes(name)
  const when = 'step' in it.moment ? it.moment.step.point : ''
  return fits(point, when) && it.faults.every(({ name }) => fits(fault, name)) && fits(kind, it.kind)
}

const every: Case[] = (['live', 'warm', 'cold'] as const).flatMap((kind) =>
  steps
    .filter(({ kinds }) => kinds.includes(kind))
    .flatMap((step) => faults.map((fault) => ({ kind, moment: { step }, faults: [fault] }))),
)
const wanted = every.filter(
  (it) => values.only === undefined || values.only.some((pattern) => matches(it, pattern)),
)
const [part = 0, parts = 1] = (values.part ?? '0/1').split('/').map(Number)
const mine = wanted.filter((_, index) => index % parts === part)

function tell({
  name,
  outcome,
  guest,
  typed,
  recoverMs,
  wallMs,
  exitCode,
  violations,
  output,
}: Verdict): void {
  const what =
    outcome === undefined ? 'nothing to befall' : `${outcome}${guest === 'anew' ? ', guest anew' : ''}`
  const by = typed.length === 0 ? '' : `; typed: ${typed.join(' | ')}`
  console.log(
    `${name}: ${what}, exit ${exitCode}, recovered in ${(recoverMs / 1000).toFixed(1)} s of ${(wallMs / 1000).toFixed(1)} s${by}`,
  )
  for (const violation of violations) console.log(`  VIOLATION ${violation}`)
  if (violations.length > 0) console.log(output.replace(/^/gm, '  | '))
}

let world: World | undefined
let bad = 0
try {
  for (const it of mine) {
    world ??= await createWorld()
    const { alpha, beta } = world.hosts
    const now = await standing(alpha, beta)
    const [source, target] = holderOf(now) === 'target' ? [beta, alpha] : [alpha, beta]
    try {
      const verdict = await runCase(world, [source, target], it)
      tell(verdict)
      if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify(verdict)}\n`)
      if (verdict.violations.length > 0) bad += 1
      if (verdict.violations.length === 0) continue
    } catch (error) {
      bad += 1
      console.log(`${caseName(it)}: BROKEN ${(error as Error).stack}`)
    }
    // What is left of a bad case must not disturb the next one.
    await world[Symbol.asyncDispose]()
    world = undefined
  }
} finally {
  await world?.[Symbol.asyncDispose]()
}
console.log(`${mine.length} cases, ${bad} bad`)
process.exitCode = bad === 0 ? 0 : 1
