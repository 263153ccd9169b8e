import type { Transition } from './explore.ts'
import type { Rules, State } from './hand-over-state.ts'

/**
 * What happens without zonesd. A message that is lost is one that is never delivered; one that is late is delivered
 * whenever: both are in the order of events already.
 */
export const worldTransitions: readonly Transition<State, Rules>[] = [
  {
    name: 'QEMU: all of the memory has arrived, and the guest stands still at the source',
    when: ({ sMachine, tMachine }) => sMachine === 'sending' && tMachine === 'waits',
    becomes: () => ({ sMachine: 'sent', tMachine: 'loaded' }),
  },
  {
    name: 'QEMU: the guest stands still at the source, and a part of its memory is still there',
    when: ({ sMachine, tMachine }) => sMachine === 'sending' && tMachine === 'waits',
    becomes: () => ({ sMachine: 'sent', tMachine: 'loaded', missing: true }),
  },
  {
    name: 'QEMU: what was missing has arrived',
    when: ({ missing, sMachine, tMachine }) =>
      missing && sMachine === 'sent' && ['loaded', 'runs'].includes(tMachine),
    becomes: () => ({ missing: false }),
  },
  {
    name: 'fault: zonesd of S is killed',
    fault: true,
    when: ({ sUp }) => sUp,
    becomes: () => ({ sUp: false, sDoes: 'nothing' }),
  },
  {
    name: 'fault: zonesd of T is killed',
    fault: true,
    when: ({ tUp }) => tUp,
    becomes: () => ({ tUp: false, tDoes: 'nothing' }),
  },
  {
    name: 'fault: QEMU of S is killed',
    fault: true,
    when: ({ sMachine }) => sMachine !== 'gone',
    becomes: () => ({ sMachine: 'gone' }),
  },
  {
    name: 'fault: QEMU of T is killed',
    fault: true,
    when: ({ tMachine }) => tMachine !== 'none',
    becomes: () => ({ tMachine: 'none' }),
  },
  {
    name: 'fault: host S goes down',
    fault: true,
    when: () => true,
    becomes: () => ({ sUp: false, sDoes: 'nothing', sMachine: 'gone' }),
  },
  {
    name: 'fault: host T goes down',
    fault: true,
    when: () => true,
    becomes: () => ({ tUp: false, tDoes: 'nothing', tMachine: 'none', tMark: 'none' }),
  },
]
