import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AgentHost, agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { sendAll } from '../../../test/fixtures/agent/send-all.ts'
import {
  type Answer,
  type ScriptedTarget,
  scriptedTarget,
} from '../../../test/fixtures/peer/scripted-target.ts'
import { type Outcome, type Stage, settleRule, type Word } from '../../../test/model/settle-rule.ts'
import { QmpTimeoutError } from '../../qmp/qmp-errors.ts'
import { isAlive } from '../../util/process-identity.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import { settle, tellGivenUp } from './settle.ts'

const zoneName = 'web1'
const migrationId: string = crypto.randomUUID()

async function zoneAt(stage: Stage, rig: AgentHost) {
  const zone = await rig.zone(zoneName, 'installed')
  if (stage.startsWith('the machine is gone')) return zone
  await rig.startMachine(zone)
  const { qmp } = zone.requireRunning('test').machine.qemu
  await qmp.execute('cont')
  if (stage === 'all was sent') await sendAll(zone)
  return zone
}

function answerOf(word: Word): Answer {
  if (word === 'no answer' || word === 'unreachable') return { error: 'zonesd is ending', code: 'ENDING' }
  return { result: { status: word } }
}

/** What the journal says. */
const unsettledAt = ({ uri, environment }: ScriptedTarget, stage?: Stage) => ({
  migrationId,
  target: uri,
  environment,
  ...(stage === 'the machine is gone before anything was sent' ? {} : { streamUri: 'tcp:192.0.2.1:1' }),
})

async function settling(rig: AgentHost, target: ScriptedTarget, stage?: Stage): Promise<Outcome> {
  try {
    return await settle(rig.host, rig.host.registry.get(zoneName), unsettledAt(target, stage), 1)
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    assert.equal(code, 'HAND_OVER_UNCERTAIN', message)
    return 'HAND_OVER_UNCERTAIN'
  }
}

for (const [stage, byWord] of Object.entries(settleRule) as [Stage, (typeof settleRule)[Stage]][]) {
  for (const [word, outcome] of Object.entries(byWord) as [Word, Outcome][]) {
    test(`When ${stage} and the target says ${word}: ${outcome}`, async () => {
      await using rig = await agentHost()
      await using target = await scriptedTarget({ 'peer/abort': answerOf(word) })
      if (word === 'unreachable') await target.becomeUnreachable()
      const zone = await zoneAt(stage, rig)
      const identity = zone.running?.machine.qemu.identity
      assert.equal(await settling(rig, target, stage), outcome)

      const isLeft = identity !== undefined && (await isAlive(identity))
      const status = isLeft
        ? await zone.requireRunning('test').machine.qemu.qmp.execute('query-status')
        : undefined
      assert.equal(zone.record.state, outcome === 'there' ? 'configured' : 'installed')
      const isGone = stage.startsWith('the machine is gone')
      if (outcome === 'here') assert.equal(status?.running, isGone ? undefined : true)
      else if (outcome === 'HAND_OVER_UNCERTAIN') {
        assert.equal(status?.running, isGone ? undefined : false)
      } else assert.equal(isLeft, false, 'nothing can run the old guest here')

      // A target that has not said that it knows of nothing is told in the background.
      const isSure = ['the guest runs', 'the machine is gone before anything was sent'].includes(stage)
      const isTold = isSure && (word === 'lost' || word === 'no answer')
      const asked = (await target.calls()).slice(0, isTold ? 1 : undefined)
      assert.deepEqual(
        asked.map(({ method, params }) => ({ method, ...(params as object) })),
        (word === 'unreachable' ? [] : outcome === 'lost' ? [false, true] : [false]).map((knowsOfLoss) => ({
          method: 'peer/abort',
          migrationId,
          zone: zoneName,
          knowsOfLoss,
        })),
      )
    })
  }
}

test('A zone that is held because nobody knows can be settled later, either way', async () => {
  for (const word of ['none', 'arrived'] as const) {
    await using rig = await agentHost()
    await using target = await scriptedTarget({ 'peer/abort': answerOf('no answer') })
    await zoneAt('all was sent', rig)
    for (let time = 0; time < 2; time += 1) assert.equal(await settling(rig, target), 'HAND_OVER_UNCERTAIN')
    await target.answer({ 'peer/abort': answerOf(word) })
    const outcome = settleRule['all was sent'][word]
    for (let time = 0; time < 2; time += 1) assert.equal(await settling(rig, target), outcome)
  }
})

test('The message about an uncertain hand-over says where the zone is and what to type', async () => {
  await using rig = await agentHost()
  await using target = await scriptedTarget({})
  await target.becomeUnreachable()
  const zone = await rig.zone(zoneName, 'installed')
  const unsettled = unsettledAt(target)
  await assert.rejects(settle(rig.host, zone, unsettled, 1), {
    code: 'HAND_OVER_UNCERTAIN',
    message:
      /^zone 'web1': lost ssh:\/\/beta in the moment of the switch-over \(.*\); by .* held here, stopped, until it is known whether it runs there$/,
    remedy:
      'Once ssh://beta can be reached: zoneadm -z web1 migrate --recover\nOnly if it is gone for good and runs nothing: zoneadm -z web1 migrate --recover -F',
  })
})

test('A target that is silent for a moment is asked again', async () => {
  await using rig = await agentHost()
  await using target = await scriptedTarget({ 'peer/abort': 'death' })
  const zone = await zoneAt('all was sent', rig)
  const unsettled = unsettledAt(target)
  const outcome = settle(rig.host, zone, unsettled, 20_000)
  const asked = async () => ((await target.calls()).length > 0 ? true : undefined)
  await retryUntil(asked, { timeoutMs: 20_000, intervalMs: 20 })
  await target.answer({ 'peer/abort': answerOf('none') })
  assert.equal(await outcome, 'here')
})

test('A target that could not be told that a migration is given up is told when it can be reached again', async () => {
  await using rig = await agentHost()
  await using target = await scriptedTarget({ 'peer/abort': 'death' })
  const unsettled = unsettledAt(target)
  const told = tellGivenUp(rig.host, zoneName, unsettled)
  const asked = async () => ((await target.calls()).length > 0 ? true : undefined)
  await retryUntil(asked, { timeoutMs: 20_000, intervalMs: 20 })
  await target.answer({ 'peer/abort': answerOf('lost') })
  const wakes = setInterval(() => undefined, 100)
  await told
  clearInterval(wakes)
  const calls = (await target.calls()).map(({ params }) => params)
  assert.deepEqual(calls, Array(calls.length).fill({ migrationId, zone: zoneName, knowsOfLoss: true }))
  assert.deepEqual(
    rig.logged.filter((line) => line.includes('could not be told')),
    [],
  )
})

test('A guest of which a part was here alone is lost with the machine here, and its zone is there', async () => {
  for (const [rejoined, outcome] of [
    [{ status: 'filling' }, 'dead'],
    [{ status: 'whole' }, 'there'],
    [{ status: 'ended' }, 'there'],
  ] as const) {
    await using rig = await agentHost()
    await using target = await scriptedTarget({
      'peer/abort': answerOf('arrived'),
      'peer/hello': { result: { version: kzoneVersion, protocol, host: rig.host.identity, ciphers: [] } },
      'peer/rejoin': { result: rejoined },
    })
    const zone = await zoneAt('the machine is gone', rig)
    const unsettled = { ...unsettledAt(target), postcopy: true }
    assert.equal(await settle(rig.host, zone, unsettled, 1), outcome)
    assert.equal(zone.record.state, 'configured')
    // The target's operator is told by the target.
    const asked = (await target.calls()).find(({ method }) => method === 'peer/rejoin')
    assert.deepEqual(asked?.params, { migrationId, zone: zoneName, isOnlyAsked: true, isHalfGone: true })
  }
})

test('A QEMU that answers nothing since its way is silent is asked once more after that is cut', async (t) => {
  await using rig = await agentHost()
  await using target = await scriptedTarget({ 'peer/abort': answerOf('none') })
  const zone = await zoneAt('all was sent', rig)
  const { qmp } = zone.requireRunning('test').machine.qemu
  const execute = qmp.execute.bind(qmp)
  let asked = 0
  t.mock.method(qmp, 'execute', (async (...words: Parameters<typeof qmp.execute>) => {
    if (words[0] === 'query-migrate' && (asked += 1) === 1) throw new QmpTimeoutError('answer', 'QEMU', 3_000)
    return execute(...words)
  }) as typeof qmp.execute)
  assert.equal(await settling(rig, target, 'all was sent'), 'here')
  assert.equal((await qmp.execute('query-status')).running, true)
})

test('One that goes on answering nothing keeps the zone held, and the operator is told what to type', async (t) => {
  await using rig = await agentHost()
  await using target = await scriptedTarget({ 'peer/abort': answerOf('none') })
  const zone = await zoneAt('all was sent', rig)
  const { qmp, identity } = zone.requireRunning('test').machine.qemu
  const silent = t.mock.method(qmp, 'execute', async () => {
    throw new QmpTimeoutError('answer to "query-migrate"', 'QEMU', 3_000)
  })
  const settling = settle(rig.host, zone, unsettledAt(target), 1)
  await assert.rejects(settling, {
    code: 'QMP_TIMEOUT',
    message:
      /^zone 'web1': its machine here keeps its migration from being settled, and the zone is held: No answer/,
    remedy: new RegExp(
      `migrate --recover\n.*kill -9 ${identity.pid}, then zoneadm -z web1 migrate --recover$`,
    ),
  })
  assert.deepEqual(await target.calls(), [])
  silent.mock.restore()
})
