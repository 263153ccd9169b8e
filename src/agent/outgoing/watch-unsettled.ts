import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import type { Progress } from '../progress.ts'
import type { Zone } from '../zone.ts'
import { settleStorage } from './settle-storage.ts'

const tryIntervalMs = patienceMs(30_000)

/** Tries every 30 seconds again to settle the moves of disks that could not be: the disk may have room again by then. */
export function watchUnsettled(host: Host): Disposable {
  const waiting = new Set<Zone>()
  const timer = setInterval(() => {
    for (const zone of host.registry.all()) void tryAgain(host, zone, waiting)
  }, tryIntervalMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/**
 * Settles the move of a zone's disks if it is not, and what it was a part of.
 *
 * @param waiting the zones of which that is still to be done
 */
export async function tryAgain(host: Host, zone: Zone, waiting: Set<Zone>): Promise<void> {
  if (zone.unsettledMove !== undefined) waiting.add(zone)
  const isBusy = zone.operation !== undefined || zone.adopting !== undefined || zone.moving !== undefined
  if (!waiting.has(zone) || isBusy || host.ending.aborted) return
  try {
    await zone.exclusively('recover', new AbortController().signal, () =>
      settleStorage(host, zone, told(host, zone)),
    )
    waiting.delete(zone)
  } catch {
    // It is in the log, once for each reason.
  }
}

/** Tells in the log what an operator would be told. */
export const told =
  (host: Host, { name }: Zone) =>
  (value: Progress) => {
    if (value.kind === 'line') host.log(`zone '${name}': ${value.text}`)
  }
