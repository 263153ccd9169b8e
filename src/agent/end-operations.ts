import { Exit, ZoneError } from '../errors.ts'
import { retryUntil } from '../util/retry-until.ts'
import type { Host } from './host.ts'
import type { Arrivals } from './incoming/arrivals.ts'
import type { Zone } from './zone.ts'

/** How long operations that were asked to end may take to undo what they have begun. */
const endTimeoutMs = 30_000

/** Zones with an operation under way that ends with zonesd. What settles a migration is taken up by the next one. */
export function zonesAtWork({ registry }: Pick<Host, 'registry'>): Zone[] {
  return registry.all().filter(({ operation }) => operation !== undefined && operation.kind !== 'recover')
}

/**
 * Asks all that is under way to end, and waits until it has undone or finished what it had begun. What takes longer is
 * left to the next zonesd, by its journal.
 */
export async function endOperations(
  host: Host,
  arrivals: Arrivals,
  timeoutMs: number = endTimeoutMs,
): Promise<void> {
  for (const { name, operation } of zonesAtWork(host)) {
    host.log(`zone '${name}': ${operation?.kind ?? 'operation'} is cancelled, since zonesd ends`)
    operation?.controller.abort(
      new ZoneError('zonesd was told to end, and has cancelled this', {
        code: 'CANCELLED',
        exit: Exit.interrupted,
        remedy: 'Type the command again; it starts zonesd',
      }),
    )
  }
  await arrivals.end()
  const atRest = () => (zonesAtWork(host).length === 0 ? true : undefined)
  await retryUntil(atRest, { timeoutMs, intervalMs: 20 })
}
