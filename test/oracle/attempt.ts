import { type Arrival, compareArrival } from './compare-arrival.ts'
import { faultsOf, lastReport } from './guest/report.ts'
import type { HostConnections } from './host-connections.ts'
import { HostError, type OracleHost } from './oracle-host.ts'

/** What was to be tried could not be: the guest does not even boot, or it has moved otherwise. It says nothing of the check. */
export class NotTriedError extends Error {}

/** A guest that is to move, whatever the check says. */
export interface Attempt {
  readonly source: OracleHost
  readonly target: OracleHost
  /** The zone's configuration on the source. */
  readonly text: string
  /** Its configuration on the target; null: that of the source holds there, too. */
  readonly targetText: string | null
  /** What the guest reported on the source, and what its machine was connected to. */
  readonly before: string
  readonly connectedBefore: HostConnections
}

/** The configuration that holds on the target, and whether it is the target's own. */
export const configThere = ({ text, targetText }: Attempt) => ({
  configText: targetText ?? text,
  own: targetText !== null,
})

export interface Problem {
  /** How many steps went well. */
  readonly done: number
  readonly words: string
}

/** Does one step after the other until a host cannot. */
export async function firstProblem(steps: readonly (() => Promise<unknown>)[]): Promise<Problem | undefined> {
  for (const [done, step] of steps.entries()) {
    try {
      await step()
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      return { done, words: error.message }
    }
  }
  return undefined
}

/**
 * Judges a guest that goes on at the target.
 *
 * @param meanwhile what is to come to its end while it does
 */
export async function arrivalOf(attempt: Attempt, meanwhile?: () => Promise<unknown>): Promise<Arrival> {
  const { target, before, connectedBefore } = attempt
  try {
    const first = await target.call('report', 'short')
    await meanwhile?.()
    const last = await target.call('report', 'full')
    const connected = await target.call('connections', undefined)
    return compareArrival({ before, first, last, connectedBefore, connected })
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return { outcome: 'corrupted', words: [error.message] }
  }
}

/** What was refused must leave the guest where it was, unharmed: it runs there again, and is asked. */
export async function requireUnharmed(source: OracleHost): Promise<void> {
  const still = lastReport(await source.call('report', 'short'))
  if (still === undefined || faultsOf(still).length > 0) throw new Error('The refused guest is broken')
}

/**
 * Why it was refused: what the target's QEMU said, which alone knows why a stream broke, or the words of who noticed.
 *
 * @param isStarted there was a QEMU of this attempt
 */
export async function wordsOf(target: OracleHost, words: string, isStarted: boolean): Promise<string[]> {
  const said = isStarted ? await target.call('lastWords', undefined) : []
  return said.length === 0 ? [words] : said
}
