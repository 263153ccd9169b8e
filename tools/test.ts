import { globSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { check } from './check.ts'

// Runs the tests: `npm test [PATTERN…]`. Without a pattern the code is checked first, and then all tests are run: those
// without a guest side by side, then those that boot guests, one file after the other, since each wants the machine.
const root = join(import.meta.dirname, '..')

const stages = [
  {
    name: 'unit',
    patterns: ['{src,tools,examples,demo}/**/*.test.ts', 'test/{compat,model}/**/*.test.ts'],
    concurrency: 2,
  },
  { name: 'hosts', patterns: ['test/{guest,hosts,oracle,faults}/**/*.test.ts'], concurrency: 1 },
  { name: 'end to end', patterns: ['test/e2e/**/*.test.ts'], concurrency: 1 },
] as const

const fileTimeoutMs = 10 * 60_000

interface Count {
  passed: number
  failed: number
}

async function runStage(files: readonly string[], concurrency: number, count: Count): Promise<void> {
  const stream = run({ files, concurrency, cwd: root, timeout: fileTimeoutMs })
  // A file counts as a test of its own in the stream; only what is written in it is counted here.
  stream.on('test:pass', ({ details, skip }) => {
    if (details.type !== 'suite' && skip === undefined) count.passed += 1
  })
  stream.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') count.failed += 1
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  stream.compose(spec()).on('end', resolve).pipe(process.stdout, { end: false })
  await promise
}

async function main(patterns: readonly string[]): Promise<void> {
  const count: Count = { passed: 0, failed: 0 }
  if (patterns.length === 0) {
    console.log('Checking types, lint, format and layers')
    if (check()) count.passed += 1
    else count.failed += 1
  }
  const wanted = patterns.length === 0 ? stages : [{ name: 'chosen', patterns, concurrency: 1 }]
  for (const { name, patterns: globs, concurrency } of wanted) {
    const files = globs.flatMap((pattern) => globSync(pattern, { cwd: root })).map((file) => join(root, file))
    const start = performance.now()
    console.log(`\n== ${name}: ${files.length} files`)
    if (files.length > 0) await runStage(files, concurrency, count)
    console.log(`== ${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
  }
  console.log(`${count.passed} passed, ${count.failed} failed`)
  process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1
}

await main(process.argv.slice(2))
