import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { isAlive, processIdentity } from './process-identity.ts'
import { retryUntil } from './retry-until.ts'

test('processIdentity() stays the same while a process lives, and is gone when it has ended', async () => {
  const child = spawn('sleep', ['1000'])
  await once(child, 'spawn')
  const identity = await processIdentity(child.pid ?? 0)
  assert.ok(identity !== undefined)
  assert.deepEqual(await processIdentity(child.pid ?? 0), identity)
  assert.equal(await isAlive(identity), true)
  // A later process with the same number has another start time.
  assert.equal(await isAlive({ ...identity, startTicks: identity.startTicks + 1 }), false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(await isAlive(identity), false)
  assert.equal(await processIdentity(child.pid ?? 0), undefined)
})

test('processIdentity() takes a zombie for dead', async () => {
  // The shell's child ends; the shell has become a sleep, which never asks for it.
  const shell = spawn('sh', ['-c', 'true & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [text] = (await once(shell.stdout, 'data')) as [Buffer]
  const pid = Number(text.toString())
  const gone = async () => ((await processIdentity(pid)) === undefined ? true : undefined)
  assert.equal(await retryUntil(gone, { timeoutMs: 10_000, intervalMs: 5 }), true)
  shell.kill('SIGKILL')
  await once(shell, 'exit')
})

test('processIdentity() reads a program whose name has blanks and parentheses', async () => {
  await using folder = await temporaryFolder()
  const program = join(folder.path, 'a) S (b 1')
  await copyFile('/bin/sleep', program)
  const child = spawn(program, ['1000'])
  await once(child, 'spawn')
  const other = spawn('sleep', ['1000'])
  await once(other, 'spawn')
  const [strange, plain] = await Promise.all([child, other].map(({ pid }) => processIdentity(pid ?? 0)))
  assert.ok(Math.abs((strange?.startTicks ?? 0) - (plain?.startTicks ?? Number.NaN)) < 1000)
  for (const process of [child, other]) {
    process.kill('SIGKILL')
    await once(process, 'exit')
  }
})
