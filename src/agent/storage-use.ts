import { ZoneError } from '../errors.ts'
import { mappedForWriting } from '../storage/mapping.ts'
import { SameStorage } from '../storage/same-storage.ts'
import { storageOf } from './held-storage.ts'
import type { Host } from './host.ts'
import type { Zone } from './zone.ts'

type HostWithStorage = Pick<Host, 'layout' | 'registry' | 'reservations' | 'storage'>

/** Who has a storage object, and under which URI. */
interface Use {
  readonly zone: string
  readonly uri: string
}

/**
 * The zone of this host that has one of these storage objects: that is installed on it, runs on it, keeps its suspended
 * guest there, is about to take it, or is on its way here with it.
 *
 * @param except a zone that may have them
 * @returns undefined if none has
 */
export async function zoneUsing(
  host: HostWithStorage,
  uris: readonly string[],
  except?: Zone,
): Promise<Use | undefined> {
  const zones = host.registry.all().filter((zone) => zone !== except && isHere(zone))
  return (await findUse(host, uris, zones)) ?? findPromise(host, uris, except)
}

/** What is promised to a zone that the registry may not know yet. */
async function findPromise(
  host: HostWithStorage,
  uris: readonly string[],
  except: Zone | undefined,
): Promise<Use | undefined> {
  for (const { spec } of host.reservations.pending()) {
    if (spec.zonename === except?.name) continue
    const disks = spec.disks.map(({ storage }) => storage)
    const uri = await firstShared(host, disks, uris)
    if (uri !== undefined) return { zone: spec.zonename, uri }
  }
  return undefined
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

/** @throws ZoneError STORAGE_IN_USE: two zones on one disk, or one beside what writes by a mapped path, destroy it */
export async function requireUnusedStorage(
  host: HostWithStorage,
  zone: Zone,
  uris: readonly string[],
  remedy = `Give each zone storage of its own: zonecfg -z ${zone.name}`,
): Promise<void> {
  const use = await zoneUsing(host, uris, zone)
  if (use !== undefined) throw storageInUse(zone, use, remedy)
  await requireUnmapped(host, uris, zone)
}

/** Beside zones, what writes by a path of `suriadm map -w` uses storage: the URI of the first of these objects that has one. */
export async function findMapped(
  host: Pick<Host, 'layout' | 'storage'>,
  uris: readonly string[],
): Promise<string | undefined> {
  return firstShared(host, await mappedForWriting(host.layout.mappingFolder), uris)
}

/** @throws ZoneError STORAGE_IN_USE */
export async function requireUnmapped(
  host: Pick<Host, 'layout' | 'storage'>,
  uris: readonly string[],
  zone?: Zone,
): Promise<void> {
  const uri = await findMapped(host, uris)
  if (uri === undefined) return
  const whose = zone === undefined ? '' : `zone '${zone.name}': `
  throw new ZoneError(`${whose}"${uri}" is mapped here for writing`, {
    code: 'STORAGE_IN_USE',
    remedy: `Take that back first: suriadm unmap ${uri}`,
  })
}

export function storageInUse({ name }: Zone, { zone, uri }: Use, remedy: string): ZoneError {
  return new ZoneError(`zone '${name}': "${uri}" is in use by zone '${zone}'`, {
    code: 'STORAGE_IN_USE',
    remedy,
  })
}
