import { storageIdentity } from '../storage/storage.ts'
import type { Host } from './host.ts'

/**
 * The zone of this host that has a storage object: that is installed on it, runs on it, or keeps its suspended guest there.
 *
 * @returns undefined if none has
 */
export async function zoneUsing(
  host: Pick<Host, 'registry' | 'storage'>,
  uri: string,
): Promise<string | undefined> {
  const wanted = await storageIdentity(uri, host.storage)
  for (const zone of host.registry.all()) {
    if (zone.state === 'configured' && zone.running === undefined && zone.moving === undefined) continue
    const contract = await host.registry.contract(zone.name).catch(() => undefined)
    const uris = [
      ...(contract?.devices ?? []).map(({ storage }) => storage),
      // A machine keeps what it booted with, whatever its configuration says by now.
      ...(zone.running?.machine.spec.disks ?? []).map(({ storage }) => storage),
      contract?.suspend?.storage,
      ...zone.claims,
    ].filter((each) => each !== undefined)
    const identities = await Promise.all(uris.map((each) => storageIdentity(each, host.storage)))
    if (identities.includes(wanted)) return zone.name
  }
  return undefined
}
