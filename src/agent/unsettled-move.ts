import { ZoneError } from '../errors.ts'

/** A move of a zone's disks of which it is not written down yet, or not known, which storage each uses. */
export interface UnsettledMove {
  readonly cause: Error
  /** @throws ZoneError MOVE_UNSETTLED, if it cannot be settled yet */
  readonly retry: () => Promise<void>
}

/** What ends a machine, wherever its disks are. Everything else would use the disks that the zone had before. */
const goesOnUnsettled = ['halt', 'shutdown', 'takeover']

/** @throws ZoneError MOVE_UNSETTLED, if the zone may not do this before its move is settled */
export function requireSettledMove(zone: string, move: UnsettledMove | undefined, kind: string): void {
  if (move !== undefined && !goesOnUnsettled.includes(kind)) throw moveUnsettled(zone, move.cause)
}

export function moveUnsettled(zone: string, cause: Error): ZoneError {
  const first = cause instanceof ZoneError && cause.remedy !== undefined ? `${cause.remedy}\n` : ''
  return new ZoneError(`zone '${zone}': a move of its disks is not settled: ${cause.message}`, {
    code: 'MOVE_UNSETTLED',
    remedy: `${first}When that is mended, zonesd settles it within a minute; at once: zoneadm -z ${zone} migrate --recover`,
    cause,
  })
}
