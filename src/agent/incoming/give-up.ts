import { removeJournal } from '../../migration/journal.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { dropKey } from './carried-key.ts'
import { removeIncomingMark } from './incoming-mark.ts'
import type { IncomingZone } from './incoming-zone.ts'

/** Removes all that was made here for a zone that does not come: the host is as it was. Safe to call twice. */
export async function giveUpIncoming(
  host: Host,
  {
    zone,
    journal,
    key,
    held,
  }: Pick<IncomingZone, 'zone' | 'journal' | 'key'> & { readonly held: Disposable },
): Promise<void> {
  await endRunning(host, zone)
  await key?.[Symbol.asyncDispose]()
  host.reservations.drop(journal.migrationId)
  zone.moving = undefined
  zone.lostFrom = undefined
  await dropKey(host.layout, journal)
  if (journal.replaced !== undefined) await host.registry.saveConfig(zone.name, journal.replaced)
  if (journal.imported) await host.registry.remove(zone.name)
  await removeJournal(host.layout.zoneFolder(zone.name))
  await removeIncomingMark(host.layout, zone.name)
  held[Symbol.dispose]()
  host.log(`zone '${zone.name}': migration ${journal.migrationId} from ${journal.source} was given up`)
}
