import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createLab } from './lab.ts'
import { presentLabels, remains } from './remains.ts'
import { whyNoNamespaces } from './requirement.ts'
import { cleanEnvironment } from './run.ts'
import { sweep } from './sweeper.ts'

const labModule = join(import.meta.dirname, 'lab.ts')

/** A process that makes a lab, leaves a daemon running in it, says its label, and goes on as told. */
async function owner(then: string) {
  const program = `
    const { createLab } = await import(${JSON.stringify(labModule)})
    const lab = await createLab({ hosts: ['alpha'] })
    await lab.hosts.alpha.run(['sh', '-c', 'setsid sleep 1000 >/dev/null 2>&1 </dev/null &'])
    process.stdout.write(lab.label)
    ${then}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = once(child, 'exit')
  const [label] = await once(child.stdout, 'data')
  return { child, exited, label: String(label) }
}

const nothing = { pids: [], mounts: [], namespaces: [], folders: [] }
const wait = 'setInterval(() => {}, 1000)'

describe('clean-up', { skip: whyNoNamespaces() ?? false }, () => {
  test('a disposed lab leaves nothing, daemons included', async () => {
    const lab = await createLab({ hosts: ['alpha'] })
    await lab.hosts.alpha.run(['sh', '-c', 'setsid sleep 1000 >/dev/null 2>&1 </dev/null &'])
    await lab.storage.createLun({ name: 'disk', sizeBytes: 1024 * 1024 })
    assert.notDeepEqual(lab.leaks(), [])
    await lab[Symbol.asyncDispose]()
    assert.deepEqual(lab.leaks(), [])
  })

  test('a lab that cannot be made leaves nothing', async () => {
    const ours = () => presentLabels().filter((label) => label.startsWith(`kzt-${process.pid}-`))
    await assert.rejects(createLab({ hosts: ['a-name-that-is-too-long-for-a-device'] }), /ended with/)
    assert.deepEqual(ours(), [])
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`a process that ends by ${signal} leaves nothing, and ends by it`, async () => {
      const { child, exited, label } = await owner(wait)
      child.kill(signal)
      assert.deepEqual(await exited, [null, signal])
      assert.deepEqual(remains(label), nothing)
    })
  }

  test('a process that ends by an uncaught exception leaves nothing', async () => {
    const { exited, label } = await owner(`setTimeout(() => { throw new Error('planned') }, 10)`)
    assert.deepEqual(await exited, [1, null])
    assert.deepEqual(remains(label), nothing)
  })

  test('sweep() removes what a killed process left, and nothing of one that runs', async () => {
    const killed = await owner(wait)
    const running = await owner(wait)
    killed.child.kill('SIGKILL')
    await killed.exited
    const left = remains(killed.label)
    assert.ok(left.pids.length > 0 && left.namespaces.length > 0 && left.folders.length === 1)
    // A test that runs beside this one may sweep first.
    const swept = sweep()
    assert.ok(!swept.includes(running.label))
    assert.deepEqual(remains(killed.label), nothing)
    assert.ok(remains(running.label).namespaces.length > 0)
    running.child.kill('SIGTERM')
    await running.exited
  })
})
