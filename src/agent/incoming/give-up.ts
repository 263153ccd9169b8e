import { setTimeout as sleep } from 'node:timers/promises'
import { removeJournal } from '../../migration/journal.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { dropKey } from './carried-key.ts'
import { readIncomingMark, removeIncomingMark, setIncomingMark } from './incoming-mark.ts'
import type { IncomingZone } from './incoming-zone.ts'

const retryIntervalMs = patienceMs(5_000)

type Remains = Pick<IncomingZone, 'zone' | 'journal' | 'key'> & { readonly held: Disposable }

/** Removes all that was made here for a zone that does not come: the host is as it was. Safe to call twice. */
export async function giveUpIncoming(host: Host, { zone, journal, key, held }: Remains): Promise<void> {
  const { layout } = host
  // Without its machine, and before the rest is done, nobody could know any more that it has not run here.
  if ((await readIncomingMark(layout, zone.name)) === 'going')
    await setIncomingMark(layout, zone.name, 'waiting')
  await endRunning(host, zone)
  await key?.[Symbol.asyncDispose]()
  host.reservations.drop(journal.migrationId)
  await dropKey(layout, journal)
  if (journal.replaced !== undefined) await host.registry.saveConfig(zone.name, journal.replaced)
  if (journal.imported) await host.registry.remove(zone.name)
  await removeJournal(layout.zoneFolder(zone.name))
  await removeIncomingMark(layout, zone.name)
  zone.moving = undefined
  zone.lostFrom = undefined
  held[Symbol.dispose]()
  host.log(`zone '${zone.name}': migration ${journal.migrationId} from ${journal.source} was given up`)
}

/**
 * The same of what an earlier zonesd has left. If that fails, as on a full disk, the zone is free for its operator to recover,
 * and for nothing else; it is tried again until it is done, or zonesd ends.
 *
 * @throws what has kept it from being done
 */
export async function giveUpOrLater(host: Host, remains: Remains): Promise<void> {
  const { zone } = remains
  using _held = remains.held
  try {
    await giveUpIncoming(host, remains)
  } catch (error) {
    if (zone.moving === undefined) {
      host.log(notGivenUp(remains, error))
      void giveUpLater(host, remains)
    }
    zone.moving = 'migrating-in'
    throw error
  }
}

async function giveUpLater(host: Host, remains: Remains): Promise<void> {
  const { zone } = remains
  while (!host.ending.aborted) {
    await sleep(retryIntervalMs, undefined, { signal: host.ending, ref: false }).catch(() => undefined)
    if (host.ending.aborted || zone.operation !== undefined) continue
    // Its operator has done it.
    if (zone.moving === undefined) return
    await giveUpOrLater(host, { ...remains, held: zone.begin('recover') }).catch(() => undefined)
  }
}

const notGivenUp = ({ zone, journal }: Remains, error: unknown) =>
  `zone '${zone.name}': its migration from ${journal.source} is given up, but what is left of that here cannot be removed; it is tried again: ${(error as Error).message}`
