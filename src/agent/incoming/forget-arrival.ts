import type { IncomingJournal } from '../../migration/journal.ts'
import type { IncomingStatus } from '../../migration/peer-api.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { forgetLoss, lostBy, noteLoss } from './arrival-ledger.ts'
import { keepKey } from './carried-key.ts'

/**
 * Prepares that a migration is forgotten by the word of the operator, of which nobody knows whether the guest ran here. The source
 * may ask all the same, and hears what it would have heard. If it has burned, what came with the zone may be nowhere else: the
 * configuration and the key stay.
 *
 * @returns what is left to be given up
 */
export async function forgetArrival(
  host: Host,
  zone: Zone,
  journal: IncomingJournal,
): Promise<IncomingJournal> {
  const { migrationId, spec } = journal
  const { uuid, directBoot } = spec
  await noteLoss(host.layout, migrationId, uuid)
  await keepKey(host.layout, journal)
  if (directBoot !== undefined) await host.registry.update(zone, { directBoot })
  return { ...journal, imported: false }
}

/** What the source is to hear of a migration of which no journal is here. */
export async function fateOfForgotten(
  { layout, registry }: Host,
  migrationId: string,
  knowsOfLoss: boolean,
): Promise<IncomingStatus> {
  const uuid = await lostBy(layout, migrationId)
  if (uuid === undefined) return 'none'
  if (knowsOfLoss) await forgetLoss(layout, migrationId)
  // Attached here since, by force: told that it was lost, the source would take it back.
  const isHere = registry.all().some(({ record }) => record.uuid === uuid && record.state === 'installed')
  return isHere ? 'arrived' : 'lost'
}
