import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from './read-options.ts'

const options = {
  'dry-run': { type: 'boolean', short: 'n', help: '' },
  quiet: { type: 'boolean', short: 'q', help: '' },
  cipher: { type: 'string', short: 'c', help: '' },
  extended: { type: 'string', short: 'x', multiple: true, help: '' },
} as const

test('readOptions() takes letters together, values behind them, and operands between options', () => {
  const { values, operands } = readOptions(['-nq', 'ssh://beta', '-cnone', '-x', 'a=1', '-x', 'b=2'], options)
  assert.deepEqual({ ...values }, { 'dry-run': true, quiet: true, cipher: 'none', extended: ['a=1', 'b=2'] })
  assert.deepEqual(operands, ['ssh://beta'])
})

test('readOptions() leaves what follows -- as it is', () => {
  const { values, operands } = readOptions(['-n', '--', '-q', '--cipher'], options)
  assert.deepEqual({ ...values }, { 'dry-run': true })
  assert.deepEqual(operands, ['-q', '--cipher'])
})

for (const [args, message] of [
  [['--quite'], 'unknown option "--quite"; did you mean "--quiet"?'],
  [['-k'], 'unknown option "-k"'],
  [['--constructor'], 'unknown option "--constructor"'],
  [['-c'], 'option -c needs a value'],
  [['--cipher='], 'option --cipher needs a value'],
  [['--quiet=yes'], 'option --quiet takes no value'],
] as const) {
  test(`readOptions() refuses ${args.join(' ')}`, () => {
    assert.throws(() => readOptions(args, options), { code: 'USAGE', exit: 2, message })
  })
}
