import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { areaBytes } from '../../hostdata/owner-record/area.ts'
import {
  copyImage,
  createStorage,
  probeStorage,
  removeStorage,
  storageIdentity,
} from '../../storage/storage.ts'
import { atomicWrite } from '../../util/atomic-write.ts'
import { bootOrder } from '../../vm/to-machine-spec.ts'
import type { Contract } from '../../zone/contract.ts'
import type { Params } from '../api.ts'
import type { Host } from '../host.ts'
import {
  beginHostData,
  type ClaimWishes,
  claimToAttach,
  eraseHostData,
  noWishes,
  siteToInstall,
} from '../ownership/claim.ts'
import { hostDataDevice } from '../ownership/open-host-data.ts'
import { noteOwner, writeOwner } from '../ownership/own.ts'
import type { Zone } from '../zone.ts'
import type { ZoneRecord } from '../zone-record.ts'

/** Size of a root disk that nobody has given a size, as on Solaris. */
const defaultDiskBytes = 16 * 1024 ** 3

export type InstallOptions = Params<'zone/install'>

/** @throws ZoneError STORAGE_IN_USE: two zones on one disk destroy it */
export async function requireUnusedStorage(host: Host, zone: Zone, contract: Contract): Promise<void> {
  // One object may have several URIs: a device is also a logical unit.
  const identityOf = (uri: string) => storageIdentity(uri, host.storage)
  const mine = new Set(
    await Promise.all(contract.devices.flatMap(({ storage }) => storage ?? []).map(identityOf)),
  )
  for (const other of host.registry.all()) {
    if (other.name === zone.name) continue
    if (other.state === 'configured' && other.moving !== 'migrating-in') continue
    const contract = await host.registry.contract(other.name).catch(() => undefined)
    // A machine keeps what it booted with, whatever its configuration says by now.
    const theirs = [...(contract?.devices ?? []), ...(other.running?.machine.spec.disks ?? [])]
    const uris = [...theirs.flatMap(({ storage }) => storage ?? []), ...other.claims]
    const identities = await Promise.all(uris.map(identityOf))
    const shared = uris.find((_, index) => mine.has(identities[index] ?? ''))
    if (shared === undefined) continue
    throw new ZoneError(`zone '${zone.name}': "${shared}" is in use by zone '${other.name}'`, {
      code: 'STORAGE_IN_USE',
      remedy: `Give each zone storage of its own: zonecfg -z ${zone.name}`,
    })
  }
}

/** Makes what can be made of the zone's storage, and opens the rest. What was made is noted, for `uninstall`. */
async function provideStorage(
  host: Host,
  zone: Zone,
  contract: Contract,
  undo: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<void> {
  const { devices } = contract
  const withHostData = hostDataDevice(contract)?.id
  for (const { id, storage, createSizeBytes } of devices) {
    if (storage === undefined) continue
    signal.throwIfAborted()
    const guestBytes = createSizeBytes ?? defaultDiskBytes
    const sizeBytes = id === withHostData ? guestBytes + areaBytes : guestBytes
    const outcome = await createStorage(storage, sizeBytes, host.storage, { signal })
    if (outcome !== 'created') continue
    undo.defer(() => removeStorage(storage, host.storage))
    await host.registry.update(zone, { createdDevices: [...zone.record.createdDevices, id] })
  }
}

async function placeBootFiles(
  host: Host,
  zone: Zone,
  { kernel, initrd }: InstallOptions,
  undo: AsyncDisposableStack,
) {
  if (kernel === null) return undefined
  undo.defer(() => rm(dirname(host.layout.kernel(zone.name)), { recursive: true, force: true }))
  const kernelSha256 = await placeFile(kernel, host.layout.kernel(zone.name))
  if (initrd === null) return { kernelSha256 }
  return { kernelSha256, initrdSha256: await placeFile(initrd, host.layout.initrd(zone.name)) }
}

async function placeFile(from: string, to: string): Promise<string> {
  const content = await readFile(from).catch((error: NodeJS.ErrnoException) => {
    throw new ZoneError(`Cannot read "${from}": ${error.code ?? error.message}`, {
      code: 'FILE_UNREADABLE',
      cause: error,
    })
  })
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await atomicWrite(to, content, 0o600)
  return createHash('sha256').update(content).digest('hex')
}

/**
 * Installs a zone: its storage is made where its scheme can make it and opened where not, and filled from an image if
 * one is given. If it fails or is cancelled, all that was made is removed; if even that is interrupted, the zone is
 * `incomplete`.
 *
 * @throws ZoneError WRONG_STATE, STORAGE_IN_USE, STORAGE_UNREACHABLE, FILE_UNREADABLE, COMMAND_FAILED, HOSTDATA_OTHER
 */
export async function installZone(
  host: Host,
  zone: Zone,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  zone.requireState('install', ['configured'])
  requireNotMoved(zone)
  const { registry } = host
  const contract = await registry.contract(zone.name)
  await using undo = new AsyncDisposableStack()
  await registry.update(zone, {
    state: 'incomplete',
    reason: 'its installation was interrupted',
    createdDevices: [],
  })
  undo.defer(() => registry.update(zone, before))
  // Only now: of two zones that are installed at once on the same storage, each sees the other.
  await requireUnusedStorage(host, zone, contract)
  await provideStorage(host, zone, contract, undo, signal)
  const directBoot = await placeBootFiles(host, zone, options, undo)
  const site = await siteToInstall(host, zone, contract, {
    made: zone.record.createdDevices,
    overwrites: options.image !== null,
    initialize: options.initialize,
  })
  if (options.image !== null) {
    const [target] = bootOrder(contract.devices)
    if (target?.storage === undefined) {
      throw new ZoneError(`zone '${zone.name}': has no boot device to copy the image to`, {
        code: 'NO_BOOT_DEVICE',
        remedy: `Mark one: zonecfg -z ${zone.name} 'select device id=0; set bootpri=0; end'`,
      })
    }
    await copyImage(options.image, target.storage, host.storage, { signal, sizeBytes: site?.sizeBytes })
  }
  const uuid = zone.record.uuid ?? randomUUID()
  const hostData = site && (await beginHostData(host, zone, uuid, site))
  await registry.update(zone, {
    ...installed,
    uuid,
    directBoot,
    hostData,
  })
  undo.move()
  host.log(`zone '${zone.name}': installed`)
}

/** @throws ZoneError ZONE_MOVED: its disk is in use where it went */
function requireNotMoved({ name, record }: Zone): void {
  const { movedTo, reason = '' } = record
  if (movedTo === undefined) return
  throw new ZoneError(`zone '${name}': ${reason}; its disk is in use there`, {
    code: 'ZONE_MOVED',
    remedy: `To have it here again, migrate it back from there. If that host is gone for good and runs nothing: zoneadm -z ${name} attach ${record.hostData === undefined ? '-F' : '-x force-takeover'}`,
  })
}

const before: Partial<ZoneRecord> = {
  state: 'configured',
  reason: undefined,
  createdDevices: [],
  directBoot: undefined,
  hostData: undefined,
  unclaimed: undefined,
}
const installed: Partial<ZoneRecord> = { state: 'installed', reason: undefined, movedTo: undefined }

/**
 * Undoes an installation: removes the storage that it made. Storage that was there before stays as it is.
 *
 * @throws ZoneError WRONG_STATE
 */
export async function uninstallZone(host: Host, zone: Zone): Promise<void> {
  zone.requireState('uninstall', ['installed', 'incomplete', 'unavailable'])
  const { registry } = host
  const contract = await registry.contract(zone.name)
  await registry.update(zone, { state: 'incomplete', reason: 'its removal was interrupted' })
  const made = contract.devices.filter(({ id }) => zone.record.createdDevices.includes(id))
  const { hostData } = zone.record
  const left = contract.devices.find(
    ({ id }) => id === hostData?.device && !made.some((each) => each.id === id),
  )
  if (left?.storage !== undefined) {
    // Storage that is gone keeps nobody from forgetting the zone.
    await eraseHostData(host, zone, left.storage).catch((error: Error) =>
      host.log(`zone '${zone.name}': its host data stay on "${left.storage ?? ''}": ${error.message}`),
    )
  }
  for (const { storage } of made) {
    if (storage !== undefined) await removeStorage(storage, host.storage)
  }
  await rm(dirname(host.layout.kernel(zone.name)), { recursive: true, force: true })
  await registry.update(zone, { ...before, uuid: null })
  host.log(`zone '${zone.name}': uninstalled`)
}

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

export interface AttachOptions extends Partial<ClaimWishes> {
  readonly force?: boolean
  /** Told what the operator should know. */
  readonly warn?: (line: string) => void
}

/**
 * Takes a zone whose storage is filled already: really opens all of it, and writes on its boot device that it is this host's.
 * With `force` also one that has left this host by a migration, for which the operator vouches that it runs nowhere.
 *
 * @throws ZoneError WRONG_STATE, ZONE_MOVED, STORAGE_IN_USE, STORAGE_UNREACHABLE, ZONE_IN_USE, HOSTDATA_*, KEY_*: the zone stays as
 *   it was
 */
export async function attachZone(
  host: Host,
  zone: Zone,
  signal: AbortSignal,
  { force = false, warn = () => undefined, ...wishes }: AttachOptions = {},
): Promise<void> {
  zone.requireState('attach', ['configured', 'unavailable'])
  const { initialize, takeover } = { ...noWishes, ...wishes }
  // Where its disk says whose it is, that is the word to go by.
  if (!force && !takeover && zone.record.hostData === undefined) requireNotMoved(zone)
  const contract = await host.registry.contract(zone.name)
  await requireUnusedStorage(host, zone, contract)
  for (const { storage } of contract.devices) {
    if (storage !== undefined) await probeStorage(storage, host.storage, { signal })
  }
  const attached = await claimToAttach(host, zone, contract, { initialize, takeover }, warn)
  await host.registry.update(zone, { ...installed, ...attached })
  host.log(`zone '${zone.name}': attached${takeover ? ', by force' : ''}`)
}
