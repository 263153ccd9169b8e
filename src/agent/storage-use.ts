import { ZoneError } from '../errors.ts'
import { SameStorage } from '../storage/same-storage.ts'
import { storageOf } from './held-storage.ts'
import type { Host } from './host.ts'
import type { Zone } from './zone.ts'

type HostWithStorage = Pick<Host, 'registry' | 'storage'>

/** Who has a storage object, and under which URI. */
interface Use {
  readonly zone: string
  readonly uri: string
}

/**
 * The zone of this host that has one of these storage objects: that is installed on it, runs on it, keeps its suspended
 * guest there, or is about to take it.
 *
 * @param except a zone that may have them
 * @returns undefined if none has
 */
export async function zoneUsing(
  host: HostWithStorage,
  uris: readonly string[],
  except?: Zone,
): Promise<Use | undefined> {
  return findUse(
    host,
    uris,
    host.registry.all().filter((zone) => zone !== except && isHere(zone)),
  )
}

/** The same among these zones, in whatever state they are. */
export async function findUse(
  host: HostWithStorage,
  uris: readonly string[],
  zones: readonly Zone[],
): Promise<Use | undefined> {
  const same = new SameStorage(host.storage)
  for (const zone of zones) {
    const contract = await host.registry.contract(zone.name).catch(() => undefined)
    const uri = await same.first(storageOf(zone, contract), uris)
    if (uri !== undefined) return { zone: zone.name, uri }
  }
  return undefined
}

/** The first of these URIs whose object is that of one of the others: a device, say, is also a logical unit, and a unit has several portals. */
export async function firstShared(
  { storage }: Pick<Host, 'storage'>,
  uris: readonly string[],
  others: readonly string[],
): Promise<string | undefined> {
  return new SameStorage(storage).first(uris, others)
}

/** Where a zone that is only configured says that its disks are, something else may be by now. */
function isHere({ state, running, moving, claims }: Zone): boolean {
  return state !== 'configured' || running !== undefined || moving !== undefined || claims.length > 0
}

/** @throws ZoneError STORAGE_IN_USE: two zones on one disk destroy it */
export async function requireUnusedStorage(
  host: HostWithStorage,
  zone: Zone,
  uris: readonly string[],
  remedy = `Give each zone storage of its own: zonecfg -z ${zone.name}`,
): Promise<void> {
  const use = await zoneUsing(host, uris, zone)
  if (use !== undefined) throw storageInUse(zone, use, remedy)
}

export function storageInUse({ name }: Zone, { zone, uri }: Use, remedy: string): ZoneError {
  return new ZoneError(`zone '${name}': "${uri}" is in use by zone '${zone}'`, {
    code: 'STORAGE_IN_USE',
    remedy,
  })
}
