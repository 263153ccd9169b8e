import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotTriedError } from './attempt.ts'
import { createWorld } from './oracle-world.ts'
import { pairs } from './pairs.ts'
import { describeTrial, renderOracle } from './render-oracle.ts'
import { isMiss, type Trial, tryPair } from './trial.ts'

// The whole oracle: `node test/oracle/run.ts [TRIALS] [SEED]`, as root; two seconds a trial on an idle machine. It writes docs/compatibility-oracle.md.

const [count = 320, seed = 1] = process.argv.slice(2).map(Number)
const page = join(import.meta.dirname, '../../docs/compatibility-oracle.md')
const started = performance.now()
const trials: Trial[] = []
let untried = 0

await using world = await createWorld({ hugePages: true })
for (const pair of pairs(seed, world.offer)) {
  if (trials.length >= count) break
  try {
    const trial = await tryPair(world, pair)
    trials.push(trial)
    console.log(`${trials.length} ${describeTrial(trial)}`)
  } catch (error) {
    if (!(error instanceof NotTriedError)) throw error
    untried += 1
    console.log(`not tried (${pair.kind}, ${pair.from}, ${JSON.stringify(pair.zone)}): ${error.message}`)
  }
}
const seconds = Math.round((performance.now() - started) / 1000)
await writeFile(page, renderOracle(trials, { seed, seconds, untried }))
const misses = trials.filter(isMiss)
console.log(`${trials.length} trials, ${misses.length} misses, ${untried} not tried, ${seconds} s`)
process.exitCode = misses.length === 0 ? 0 : 1
