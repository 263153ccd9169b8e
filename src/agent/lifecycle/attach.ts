import { ZoneError } from '../../errors.ts'
import { probeStorage } from '../../storage/storage.ts'
import { disksOf } from '../held-storage.ts'
import type { Host } from '../host.ts'
import { noWishes } from '../ownership/claim.ts'
import { type AttachWishes, claimToAttach } from '../ownership/claim-to-attach.ts'
import { noteOwner, writeOwner } from '../ownership/own.ts'
import { requireUnusedStorage } from '../storage-use.ts'
import type { Zone } from '../zone.ts'
import { installed, requireNotMoved } from './install.ts'

/**
 * Gives the zone up here; its storage and configuration stay, and another host may attach it. With `force` also where its disk
 * cannot say so, as when it is gone.
 *
 * @throws ZoneError WRONG_STATE; ZONE_IN_USE, HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE: its disk does not say so, and nothing is
 *   changed
 */
export async function detachZone(
  host: Host,
  zone: Zone,
  { force = false }: { readonly force?: boolean } = {},
): Promise<void> {
  zone.requireState('detach', ['installed'])
  await writeOwner(host, zone, { state: 'detached' }).catch((error: unknown) => {
    if (!(error instanceof ZoneError)) throw error
    if (!force) throw notDetached(zone, error)
    host.log(`zone '${zone.name}': its host data do not say that it is detached: ${error.message}`)
  })
  try {
    await host.registry.update(zone, { state: 'configured' })
  } catch (error) {
    await noteOwner(host, zone, { state: 'installed' })
    throw error
  }
}

function notDetached({ name }: Zone, error: ZoneError): ZoneError {
  const anyway = `To detach it all the same, so that another host has to take it over by force: zoneadm -z ${name} detach -F`
  const remedy = error.remedy === undefined ? anyway : `${error.remedy}\n${anyway}`
  return new ZoneError(`${error.message}; the zone stays attached`, {
    code: error.code,
    remedy,
    cause: error,
  })
}

export interface AttachOptions extends Partial<AttachWishes> {
  readonly force?: boolean
  /** Told what the operator should know. */
  readonly warn?: (line: string) => void
}

/**
 * Takes a zone whose storage is filled already: really opens all of it, and writes on its boot device that it is this host's.
 * With `force` also one that has left this host by a migration, for which the operator vouches that it runs nowhere.
 *
 * @throws ZoneError WRONG_STATE, ZONE_MOVED, STORAGE_IN_USE, STORAGE_UNREACHABLE, ZONE_IN_USE, HOSTDATA_*, KEY_*,
 *   IMAGE_*: the zone stays as it was
 */
export async function attachZone(
  host: Host,
  zone: Zone,
  signal: AbortSignal,
  { force = false, warn = () => undefined, discard = false, ...wishes }: AttachOptions = {},
): Promise<void> {
  zone.requireState('attach', ['configured', 'unavailable'])
  const { initialize, takeover } = { ...noWishes, ...wishes }
  // Where its disk says whose it is, that is the word to go by.
  if (!force && !takeover && zone.record.hostData === undefined) requireNotMoved(zone)
  const contract = await host.registry.contract(zone.name)
  const disks = disksOf(contract)
  // Of two zones that are attached at once to the same storage, each sees the other.
  zone.claims = disks
  using _claims = { [Symbol.dispose]: () => void (zone.claims = []) }
  await requireUnusedStorage(host, zone, disks)
  for (const storage of disks) await probeStorage(storage, host.storage, { signal })
  const attached = await claimToAttach(host, zone, contract, { initialize, takeover, discard }, warn)
  await host.registry.update(zone, { ...installed, ...attached })
  host.log(`zone '${zone.name}': attached${takeover ? ', by force' : ''}`)
}
