import { testRule } from '../../../test/compat/rule-tester.ts'
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
