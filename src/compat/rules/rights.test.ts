import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedInput } from '../../../test/compat/changed-input.ts'
import { testRule } from '../../../test/compat/rule-tester.ts'
import { quote } from '../commands.ts'
import { rightsOperator } from './rights-operator.ts'

const user = { user: 'ada', isRoot: false }

testRule(rightsOperator, {
  passes: {
    'ordinary users on both hosts': { 'source.operator.known': user, 'target.operator.known': user },
    'an ordinary user to root': { 'source.operator.known': user },
  },
  refuses: {
    'root to an ordinary user': {
      change: { 'target.operator.known': user, 'intent.targetUri': 'ssh://ada@beta' },
      finds: ['user of zonesd: root | ada (reached as ssh://ada@beta)'],
    },
  },
})

const reached: readonly (readonly [uri: string, asRoot: string])[] = [
  ['ssh://ada@10.0.0.2:2222', 'ssh://root@10.0.0.2:2222'],
  ['ssh://[fd00::2]:2222', 'ssh://root@[fd00::2]:2222'],
  ['ssh://beta', 'ssh://root@beta'],
]

test('the remedy reaches the target as before, but as root', () => {
  for (const [uri, asRoot] of reached) {
    const change = { 'target.operator.known': user, 'intent.targetUri': uri }
    const [finding] = rightsOperator.judge(changedInput(change))
    const [remedy] = finding?.remedies ?? []
    assert.deepEqual(remedy?.commands, [
      { host: 'alpha', command: `zoneadm -z web1 migrate -n ${quote(asRoot)}` },
    ])
  }
})

test('of facts that were saved the remedy saves them anew as root', () => {
  const change = { 'target.operator.known': user, 'intent.targetUri': 'facts:beta.json' }
  const [finding] = rightsOperator.judge(changedInput(change))
  assert.deepEqual(
    finding?.remedies[0]?.commands.map(({ command }) => command),
    ['zoneadm facts --json ssh://root@beta > beta.json', 'zoneadm -z web1 migrate -n facts:beta.json'],
  )
})
