import type { Suspension } from '../../src/vm/suspension.ts'
import { type Attempt, arrivalOf, configThere, firstProblem, requireUnharmed, wordsOf } from './attempt.ts'
import type { Arrival } from './compare-arrival.ts'
import type { OracleHost } from './oracle-host.ts'

/** A guest that is in an image. */
export interface Suspended {
  readonly suspension: Suspension
  /** In hexadecimal. */
  readonly zoneKey: string
}

/** Lets a suspended guest go on at the target, the machine being the one that the target's own configuration describes. */
export async function resumeSuspended(
  attempt: Attempt,
  suspended: Suspended,
  restoreTarget: () => Promise<void>,
): Promise<Arrival> {
  const { source, target } = attempt
  const steps = resumption(target, suspended, configThere(attempt))
  const problem = await firstProblem(steps)
  if (problem === undefined) return arrivalOf(attempt)
  const words = await wordsOf(target, problem.words, problem.done > 1)
  // A suspended guest is whole as long as its image is: it goes on where it came from, when nothing stands in its way there.
  await target.call('end', undefined)
  await restoreTarget()
  const { configText } = suspended.suspension
  for (const step of resumption(source, suspended, { configText, own: false })) await step()
  await requireUnharmed(source)
  return { outcome: 'refused', words }
}

function resumption(
  host: OracleHost,
  { suspension, zoneKey }: Suspended,
  config: ReturnType<typeof configThere>,
): (() => Promise<unknown>)[] {
  let spec = suspension.spec
  return [
    async () => {
      spec = await host.call('openImage', { record: JSON.stringify(suspension), zoneKey })
    },
    () => host.call('awaitGuest', { spec: JSON.stringify(spec), ...config }),
    () => host.call('loadImage', undefined),
    () => host.call('resume', { postcopy: false }),
  ]
}
