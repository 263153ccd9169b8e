import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from './run-command.ts'

test('runCommand() passes arguments and input without a shell, and gives both outputs', async () => {
  const script = 'printf "%s|" "$@"; cat; echo warning >&2'
  const output = await runCommand('sh', ['-c', script, 'sh', 'a b', '$(id)', "'"], { input: 'in' })
  assert.deepEqual(output, { stdout: `a b|$(id)|'|in`, stderr: 'warning\n' })
})

test('runCommand() is not disturbed by a program that does not read its input', async () => {
  const { stdout } = await runCommand('echo', ['done'], { input: 'x'.repeat(1_000_000) })
  assert.equal(stdout, 'done\n')
})

test('runCommand() tells a failure in the words of the program', async () => {
  await assert.rejects(runCommand('sh', ['-c', 'echo "no such bridge" >&2; exit 2']), {
    code: 'COMMAND_FAILED',
    message: 'sh: no such bridge',
  })
  await assert.rejects(runCommand('sh', ['-c', 'echo "sh: 1: not found" >&2; exit 2']), {
    message: 'sh: 1: not found',
  })
})

test('runCommand() names a program that is not installed', async () => {
  await assert.rejects(runCommand('kzone-no-such-program', []), {
    code: 'COMMAND_MISSING',
    message: 'Cannot run "kzone-no-such-program": it is not installed',
  })
})

test('runCommand() ends a program that takes too long, and says so', async () => {
  await assert.rejects(runCommand('sleep', ['1000'], { timeoutMs: 50 }), {
    code: 'COMMAND_FAILED',
    message: 'sleep: no end within 50 ms',
  })
})

test('runCommand() throws the reason of its signal', async () => {
  const controller = new AbortController()
  const reason = new Error('cancelled')
  const running = runCommand('sleep', ['1000'], { signal: controller.signal })
  controller.abort(reason)
  await assert.rejects(running, reason)
})
