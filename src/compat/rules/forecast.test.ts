import { testRule } from '../../../test/compat/rule-tester.ts'
import { forecastConvergence } from './forecast-convergence.ts'

const measured = {
  transferMs: 4000,
  pauseMs: 60,
  bytesPerSecond: 110 * 1024 ** 2,
  dirtyBytesPerSecond: 12 * 1024 ** 2,
}
const endless = { ...measured, converges: false, transferMs: null, pauseMs: 9000 }

testRule(forecastConvergence, {
  passes: {
    'a transfer that comes to an end': { forecast: { known: { ...measured, converges: true } } },
    'where nothing was measured': { forecast: { known: null } },
    'where it could not be measured': { forecast: { unknown: 'the guest is too small' } },
  },
  refuses: {
    'a guest that is faster than the way to the target': {
      change: { forecast: { known: { ...endless, dirtyBytesPerSecond: 130 * 1024 ** 2 } } },
      finds: ['memory transfer: the guest changes 130M in a second | beta gets 110M in a second'],
    },
    'a guest that has to be slowed down': {
      change: { forecast: { known: { ...measured, converges: true, slowedPercent: 60 } } },
      finds: ['memory transfer: the guest changes 12M in a second | beta gets 110M in a second'],
    },
    'a guest that is faster, with a memory that travels in the clear': {
      change: { forecast: { known: endless }, 'intent.encrypt': false },
      finds: ['memory transfer: the guest changes 12M in a second | beta gets 110M in a second'],
    },
  },
})
