import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostLayout } from '../util/host-layout.ts'
import { agentConfigStore } from './agent-config-store.ts'
import { type Answers, recordingAgent } from './recording-agent.ts'

const { signal } = new AbortController()

function storeOver(answers: Answers) {
  const { connect, calls } = recordingAgent(answers)
  return { store: agentConfigStore(() => connect(hostLayout('/'), signal), signal), calls }
}

test('agentConfigStore() turns null, the absence in JSON, into undefined', async () => {
  const { store } = storeOver({ 'config/load': () => null, 'config/template': () => null })
  assert.equal(await store.load('web1', { live: false }), undefined)
  assert.equal(await store.template('site'), undefined)
})

test('agentConfigStore() saves a new configuration with the promise that there is none yet', async () => {
  const answer = { digest: 'd2', notes: ['note'] }
  const { store, calls } = storeOver({ 'config/save': () => answer })
  assert.deepEqual(await store.save('web1', 'create -b\n', { expected: undefined, live: false }), answer)
  await store.save('web1', 'create -b\n', { expected: 'd1', live: true })
  const params = { zone: 'web1', text: 'create -b\n' }
  assert.deepEqual(calls, [
    ['config/save', { ...params, expected: null, live: false }],
    ['config/save', { ...params, expected: 'd1', live: true }],
  ])
})
