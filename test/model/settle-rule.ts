import type { Settled } from '../../src/agent/outgoing/settle.ts'

/** Where the source's machine stands when it is to be settled. */
export type Stage =
  | 'the guest runs'
  | 'all was sent'
  | 'the machine is gone'
  | 'the machine is gone before anything was sent'
export type Word = 'none' | 'arrived' | 'lost' | 'no answer' | 'unreachable'
export type Outcome = Settled | 'HAND_OVER_UNCERTAIN'

/**
 * The whole rule of a source that has to settle a migration: what it does for what it knows and is told. `settle.test.ts` holds the code
 * to it, and `source-code.test.ts` the model.
 */
export const settleRule: Readonly<Record<Stage, Readonly<Record<Word, Outcome>>>> = {
  'the guest runs': {
    none: 'here',
    arrived: 'there',
    lost: 'here',
    'no answer': 'here',
    unreachable: 'here',
  },
  'all was sent': {
    none: 'here',
    arrived: 'there',
    lost: 'lost',
    'no answer': 'HAND_OVER_UNCERTAIN',
    unreachable: 'HAND_OVER_UNCERTAIN',
  },
  'the machine is gone': {
    none: 'here',
    arrived: 'there',
    lost: 'lost',
    'no answer': 'HAND_OVER_UNCERTAIN',
    unreachable: 'HAND_OVER_UNCERTAIN',
  },
  'the machine is gone before anything was sent': {
    none: 'here',
    arrived: 'there',
    lost: 'here',
    'no answer': 'here',
    unreachable: 'here',
  },
}
