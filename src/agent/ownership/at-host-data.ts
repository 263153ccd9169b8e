import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { forOperator } from './host-data-errors.ts'
import { atHostData, type HostDataPlace } from './open-host-data.ts'

/** Works on the host data of a zone; what is wrong with them is told with what its operator can do. */
export async function at<T>(
  host: Host,
  { name }: Pick<Zone, 'name'>,
  uri: string,
  writable: boolean,
  work: (place: HostDataPlace) => Promise<T>,
): Promise<T> {
  try {
    return await atHostData(uri, host.storage, { socket: host.layout.hostDataSocket(name), writable }, work)
  } catch (error) {
    throw forOperator(name, error)
  }
}
