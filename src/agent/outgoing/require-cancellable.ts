import { ZoneError } from '../../errors.ts'
import type { Zone } from '../zone.ts'

/**
 * Whether what is under way with a zone can be asked here to end. A migration is cancelled at its source, and not once the
 * target has been told that the zone is its own.
 *
 * @throws ZoneError CANCEL_AT_SOURCE, TOO_LATE
 */
export function requireCancellable({
  name,
  moving,
  arriving,
  underWay,
}: Pick<Zone, 'name' | 'moving' | 'arriving' | 'underWay'>): void {
  if (moving === 'migrating-in') {
    const status = arriving?.()
    const source = status?.direction === 'in' ? status.source : 'the host that it comes from'
    throw new ZoneError(`zone '${name}': is on its way here from ${source}, and is cancelled there`, {
      code: 'CANCEL_AT_SOURCE',
      remedy: `On ${source}: zoneadm -z ${name} migrate --cancel`,
    })
  }
  if (underWay?.isHandedOver !== true) return
  const { target } = underWay.status()
  throw new ZoneError(`zone '${name}': it is too late to cancel: ${target} has been told to take it`, {
    code: 'TOO_LATE',
    remedy: `See how far it is: zoneadm -z ${name} migrate --status`,
  })
}
