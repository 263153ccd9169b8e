import type { MachineSpec } from '../../src/vm/schema.ts'
import {
  type Attempt,
  arrivalOf,
  configThere,
  firstProblem,
  NotTriedError,
  requireUnharmed,
  wordsOf,
} from './attempt.ts'
import type { Arrival } from './compare-arrival.ts'
import type { Stream } from './guest-on-host.ts'
import { HostError } from './oracle-host.ts'

/** What is said of a guest that runs nowhere any more. */
export const lost = 'the guest is lost'

/** Of a guest that QEMU cannot let go on at the source, since it had begun to go over by post-copy. */
const lostCodes: readonly (string | undefined)[] = ['POSTCOPY_BROKEN', 'TAKE_BACK_FAILED']

/**
 * Moves a running guest as zonesd does, live or by post-copy, the machine being the one that the target's own configuration
 * describes.
 *
 * @param spec of the machine in which it runs
 */
export async function migrateRunning(attempt: Attempt, spec: MachineSpec, stream: Stream): Promise<Arrival> {
  const { source, target } = attempt
  const { address } = target.host
  const { postcopy } = stream
  let isComplete = true
  const problem = await firstProblem([
    () => target.call('awaitGuest', { spec: JSON.stringify(spec), ...configThere(attempt) }),
    async () => {
      const port = await target.call('listen', { ...stream, address })
      const sent = await source.call('send', { ...stream, uri: `tcp:${address}:${port}` })
      isComplete = sent.isComplete
    },
    () => target.call('resume', { postcopy }),
  ])
  if (problem === undefined) {
    if (postcopy && isComplete) throw new NotTriedError('all of the memory was there before the post-copy')
    return arrivalOf(attempt, postcopy ? () => source.call('drain', undefined) : undefined)
  }
  const words = await wordsOf(target, problem.words, problem.done > 0)
  try {
    await source.call('takeBack', undefined)
  } catch (error) {
    if (!postcopy || !(error instanceof HostError) || !lostCodes.includes(error.code)) throw error
    return { outcome: 'corrupted', words: [lost, ...words, error.message] }
  }
  await requireUnharmed(source)
  return { outcome: 'refused', words }
}
