import { lookAtArea, readArea } from '../../hostdata/owner-record/area.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { forOperator } from './host-data-errors.ts'
import { atHostData, type HostDataPlace } from './open-host-data.ts'

/**
 * Works on the host data of a zone on one of its devices; what is wrong with them is told with what its operator can do.
 *
 * @param socket for a helper that has it open
 */
export async function at<T>(
  host: Host,
  { name }: Pick<Zone, 'name'>,
  uri: string,
  writable: boolean,
  work: (place: HostDataPlace) => Promise<T>,
  socket = host.layout.hostDataSocket(name),
): Promise<T> {
  try {
    return await atHostData(uri, host.storage, { socket, writable }, work)
  } catch (error) {
    throw forOperator(name, host.layout.key(name), error)
  }
}

/** What is at the end of a zone's boot device. */
export interface FoundArea {
  readonly area: Buffer
  /** Where it was found, if the storage was made larger since: where the end was, in bytes. */
  readonly former?: number
}

/**
 * Finds the host data of a zone at the end of its boot device, or where the end was, if they are newer there.
 *
 * @param former what its guest sees of the device, in bytes; undefined: that is not known
 */
export async function findArea(
  { store, offset }: HostDataPlace,
  former: number | undefined,
): Promise<FoundArea> {
  const area = await readArea(store, offset)
  if (former === undefined || former >= offset) return { area }
  const before = await readArea(store, former)
  const [atEnd, atFormer] = [lookAtArea(area), lookAtArea(before)]
  if (atFormer.status !== 'host data') return { area }
  if (atEnd.status !== 'host data') return { area: before, former }
  // As new: if the two places overlap, one slot can be in both, and only the former has the other one, too.
  const isNewer = atEnd.zone === atFormer.zone && atFormer.sequence >= atEnd.sequence
  return isNewer ? { area: before, former } : { area }
}
