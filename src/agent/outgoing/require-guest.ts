import { switchBroken } from '../../migration/take-back.ts'
import type { Zone } from '../zone.ts'
import { brokenInSwitch } from './broken-switch.ts'
import { diedOnTheWay } from './drain-zone.ts'
import { type Settled, targetLost, targetSilent } from './settle.ts'

/**
 * Tells the operator if a migration that was settled has cost the guest, or may have.
 *
 * @throws ZoneError TARGET_LOST, POSTCOPY_BROKEN, GUEST_LOST, TARGET_SILENT
 */
export function requireGuest(zone: Zone, target: string, where: Settled): void {
  if (where === 'lost') throw targetLost(zone.name, target)
  if (where === 'broken') throw brokenInSwitch(zone.name, switchBroken())
  if (where === 'dead') throw diedOnTheWay(zone.name, target)
  if (where === 'silent') throw targetSilent(zone, target)
}
