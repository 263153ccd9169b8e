import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { exclusiveLock } from './exclusive-lock.ts'

type Child = ChildProcessByStdio<null, Readable, null>

/** Another process that takes the lock, says whether it has it, and waits to be killed. */
async function otherProcess(path: string): Promise<{ child: Child; said: string }> {
  const script = `
    import { exclusiveLock } from ${JSON.stringify(join(import.meta.dirname, 'exclusive-lock.ts'))}
    globalThis.lock = exclusiveLock(${JSON.stringify(path)})
    console.log(globalThis.lock === undefined ? 'refused' : 'held')
    setInterval(() => globalThis.lock, 1000)`
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: said.toString().trim() }
}

async function kill(child: Child): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('exclusiveLock() is held by one process at a time, and a SIGKILL of its holder releases it', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'run/zones/lock')
  const holder = await otherProcess(path)
  assert.equal(holder.said, 'held')
  assert.equal(exclusiveLock(path), undefined)
  const rival = await otherProcess(path)
  assert.equal(rival.said, 'refused')
  await kill(rival.child)
  assert.equal(exclusiveLock(path), undefined)
  await kill(holder.child)
  using lock = exclusiveLock(path)
  assert.notEqual(lock, undefined)
})

test('exclusiveLock() can be taken again after it was disposed; the file stays', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'lock')
  for (let turn = 0; turn < 2; turn += 1) {
    using lock = exclusiveLock(path)
    assert.notEqual(lock, undefined)
  }
  assert.ok(existsSync(path))
})

test('exclusiveLock() throws for a file that is no lock, instead of taking it as held', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'lock')
  await writeFile(path, 'something else entirely\n'.repeat(100))
  assert.throws(() => exclusiveLock(path), /not a database/)
})
