import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedQmp } from '../../test/fixtures/scripted-qmp.ts'
import { type Look, StillLooks } from './still-looks.ts'

const mib = 1024 ** 2
const bytesPerSecond = 100 * mib

/** Goes through these looks, and tells what was done at each: `stop`, `cont`, and the pause that QEMU may make. */
async function doneAt(looks: readonly Partial<Look>[], status = 'active'): Promise<string[][]> {
  let reckoned = 0
  let atMs = 0
  const { qmp, transport } = await scriptedQmp({
    'query-migrate': () => ({ status, 'expected-downtime': (reckoned += 1) }),
    'query-status': () => ({ status: 'running', running: true }),
    'query-migrate-parameters': () => ({ 'max-bandwidth': 7 }),
  })
  const still = new StillLooks(qmp, { pauseMs: () => 300, usedBytes: 200 * mib, now: () => (atMs += 10) })
  await still.begin()
  const done = [take()]
  for (const look of looks) {
    await still.step({
      status: 'active',
      pass: 1,
      remainingBytes: 150 * mib,
      bytesPerSecond,
      sentBytes: 0,
      ...look,
    })
    done.push(take())
  }
  return done

  function take(): string[] {
    const commands = transport.sent.splice(0).filter(({ execute }) => !execute.startsWith('query'))
    return commands.map(({ execute, arguments: args }) =>
      execute === 'migrate-set-parameters' ? Object.values(args ?? {}).join() : execute,
    )
  }
}

test('The guest is stopped for the first look and for the end of each pass, and goes on while much is left', async () => {
  const done = await doneAt([
    { status: 'setup' },
    {},
    { sentBytes: 170 * mib },
    { sentBytes: 190 * mib },
    { sentBytes: 200 * mib },
    { pass: 2, remainingBytes: 60 * mib },
    { pass: 2, remainingBytes: 59.5 * mib },
    { pass: 2, remainingBytes: 11 * mib },
    { pass: 3, remainingBytes: 40 * mib },
    { pass: 4, remainingBytes: 1 * mib },
  ])
  const [stops, goes] = [
    ['stop', '300'],
    ['0', 'cont'],
  ]
  assert.deepEqual(done, [[`0,${mib}`, 'stop'], [], ['cont', '7'], [], stops, [], goes, [], stops, [], []])
})

test('The guest is stopped in time also where a pass ends with pages that hold zeros alone', async () => {
  const much = { sentBytes: 0, bytesPerSecond: mib }
  const done = await doneAt([
    { ...much, remainingBytes: 190 * mib },
    { ...much, remainingBytes: 189 * mib },
    { ...much, remainingBytes: 160 * mib },
    { ...much, remainingBytes: 110 * mib },
  ])
  assert.deepEqual(done.slice(2), [[], [], ['stop', '300']])
})

test('A guest that was stopped for an end that is not near goes on, and is not stopped for that again', async () => {
  const much = { sentBytes: 0, bytesPerSecond: mib }
  const zeros = [190, 189, 160, 110].map((left) => ({ ...much, remainingBytes: left * mib }))
  const data = Array.from({ length: 40 }, (_, index) => ({ ...much, remainingBytes: (100 - index) * mib }))
  const done = (await doneAt([...zeros, ...data])).slice(2).filter((each) => each.length > 0)
  assert.deepEqual(done, [
    ['stop', '300'],
    ['0', 'cont'],
  ])
})

test('A guest whose transfer QEMU is bringing to its end stays stopped', async () => {
  const { qmp, commands } = await scriptedQmp({
    'query-migrate': () => ({ status: 'device' }),
    'query-migrate-parameters': () => ({}),
    cont: () => {
      throw new Error('Migration is not finalized yet')
    },
  })
  const still = new StillLooks(qmp, { pauseMs: () => 300, usedBytes: 0 })
  await still.begin()
  const look = { status: 'active', pass: 1, remainingBytes: 0, bytesPerSecond, sentBytes: 0 }
  for (let time = 0; time < 3; time += 1) await still.step(look)
  assert.equal(commands().filter((name) => name === 'cont').length, 1)
})

test('A transfer that has ended when the guest goes on has failed: the guest is this one', async () => {
  await assert.rejects(doneAt([{}], 'completed'), { code: 'TRANSFER_FAILED' })
})
