import { testRule } from '../../../test/compat/rule-tester.ts'
import { clockOffset } from './clock-offset.ts'

testRule(clockOffset, {
  passes: {
    'a slow way, on which the clocks may agree': { 'clockOffset.known': { leastMs: -9000, mostMs: 1 } },
    'facts that were saved': { 'clockOffset.known': null },
  },
  refuses: {
    'a clock that is ahead for certain': {
      change: {
        'clockOffset.known': { leastMs: 3210, mostMs: 3300 },
        'target.clock.known.synchronised': false,
      },
      finds: ['clock: kept by a time server | at least 3.2 s ahead; kept by no time server'],
    },
    'a clock that is behind': {
      change: {
        'clockOffset.known': { leastMs: -60_200, mostMs: -60_000 },
        'source.clock.known.synchronised': null,
      },
      finds: [
        'clock: not known whether a time server keeps it | at least 60.0 s behind; kept by a time server',
      ],
    },
  },
})
