import { messageOf } from '../../util/message-of.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { isHeldBySuspension } from '../lifecycle/abandon-suspension.ts'
import { recoverSuspension } from '../lifecycle/recover-suspension.ts'
import { takeUpAgain } from '../take-up.ts'
import type { Zone } from '../zone.ts'
import { settleAgain } from './settle-held.ts'
import { settleStorage } from './settle-storage.ts'
import { told } from './told.ts'

const tryIntervalMs = patienceMs(30_000)

/** What is still to be settled, from one look to the next. */
export interface Unsettled {
  /** Zones of which a move of disks, or what it was a part of, is still to be settled. */
  readonly moves: Set<Zone>
  /** Zones that a migration or a suspension holds here, with what its last try said. */
  readonly held: Map<Zone, string>
}

export const nothingUnsettled = (): Unsettled => ({ moves: new Set(), held: new Map() })

/**
 * Tries every 30 seconds again to settle the moves, migrations and suspensions that could not be: by then the disk may have room, or the
 * target be there again.
 */
export function watchUnsettled(host: Host): Disposable {
  const unsettled = nothingUnsettled()
  const timer = setInterval(() => {
    for (const zone of host.registry.all()) void tryAgain(host, zone, unsettled)
  }, tryIntervalMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/**
 * Settles what is unsettled of a zone; if it is not known what runs of it, that is looked at first. A migration or
 * suspension is left alone at the first look: the operator may be at it. Never throws.
 */
export async function tryAgain(host: Host, zone: Zone, { moves, held }: Unsettled): Promise<void> {
  if (zone.unsettledMove !== undefined) moves.add(zone)
  const isSuspension = zone.moving === undefined && isHeldBySuspension(zone)
  if (zone.moving === undefined && !isSuspension) held.delete(zone)
  if (zone.operation !== undefined || zone.adopting !== undefined || host.ending.aborted) return
  // Why not is in the log since the first try.
  if (zone.distrusted !== undefined) return takeUpAgain(host, zone).catch(() => undefined)
  if (zone.moving === 'migrating-out') return tryHeld(host, zone, held, () => settleAgain(host, zone))
  if (isSuspension) return tryHeld(host, zone, held, () => letGoOn(host, zone))
  if (!moves.has(zone) || zone.moving !== undefined) return
  try {
    await zone.exclusively('recover', new AbortController().signal, () =>
      settleStorage(host, zone, told(host, zone)),
    )
    moves.delete(zone)
  } catch {
    // It is in the log, once for each reason.
  }
}

const letGoOn = (host: Host, zone: Zone) =>
  zone.exclusively('recover', new AbortController().signal, () => recoverSuspension(host, zone))

async function tryHeld(
  host: Host,
  zone: Zone,
  held: Unsettled['held'],
  settle: () => Promise<void>,
): Promise<void> {
  const before = held.get(zone)
  held.set(zone, before ?? '')
  if (before === undefined) return
  try {
    await settle()
  } catch (error) {
    const words = messageOf(error)
    if (words !== before) host.log(words)
    held.set(zone, words)
  }
}
