import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZoneError } from '../../errors.ts'
import {
  copyImage,
  createStorage,
  probeStorage,
  removeStorage,
  storageIdentity,
} from '../../storage/storage.ts'
import { atomicWrite } from '../../util/atomic-write.ts'
import { bootOrder } from '../../vm/to-machine-spec.ts'
import type { Contract, ContractDevice } from '../../zone/contract.ts'
import type { Params } from '../api.ts'
import type { Host } from '../host.ts'
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
  devices: readonly ContractDevice[],
  undo: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<void> {
  for (const { id, storage, createSizeBytes } of devices) {
    if (storage === undefined) continue
    signal.throwIfAborted()
    const outcome = await createStorage(storage, createSizeBytes ?? defaultDiskBytes, host.storage, {
      signal,
    })
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
 * @throws ZoneError WRONG_STATE, STORAGE_IN_USE, STORAGE_UNREACHABLE, FILE_UNREADABLE, COMMAND_FAILED
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
  await provideStorage(host, zone, contract.devices, undo, signal)
  const directBoot = await placeBootFiles(host, zone, options, undo)
  if (options.image !== null) {
    const [target] = bootOrder(contract.devices)
    if (target?.storage === undefined) {
      throw new ZoneError(`zone '${zone.name}': has no boot device to copy the image to`, {
        code: 'NO_BOOT_DEVICE',
        remedy: `Mark one: zonecfg -z ${zone.name} 'select device id=0; set bootpri=0; end'`,
      })
    }
    await copyImage(options.image, target.storage, host.storage, signal)
  }
  await registry.update(zone, {
    ...installed,
    uuid: zone.record.uuid ?? randomUUID(),
    directBoot,
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
    remedy: `To have it here again, migrate it back from there. If that host is gone for good and runs nothing: zoneadm -z ${name} attach -F`,
  })
}

const before: Partial<ZoneRecord> = {
  state: 'configured',
  reason: undefined,
  createdDevices: [],
  directBoot: undefined,
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
  for (const { storage } of made) {
    if (storage !== undefined) await removeStorage(storage, host.storage)
  }
  await rm(dirname(host.layout.kernel(zone.name)), { recursive: true, force: true })
  await registry.update(zone, { ...before, uuid: null })
  host.log(`zone '${zone.name}': uninstalled`)
}

/** Gives the zone up here; its storage and configuration stay, and another host may attach it. */
export async function detachZone(host: Host, zone: Zone): Promise<void> {
  zone.requireState('detach', ['installed'])
  await host.registry.update(zone, { state: 'configured' })
}

/**
 * Takes a zone whose storage is filled already: really opens all of it. With `force` also one that has left this host by a
 * migration, for which the operator vouches that it runs nowhere.
 *
 * @throws ZoneError WRONG_STATE, STORAGE_IN_USE, STORAGE_UNREACHABLE: the zone stays as it was
 */
export async function attachZone(
  host: Host,
  zone: Zone,
  signal: AbortSignal,
  { force = false }: { readonly force?: boolean } = {},
): Promise<void> {
  zone.requireState('attach', ['configured', 'unavailable'])
  if (!force) requireNotMoved(zone)
  const contract = await host.registry.contract(zone.name)
  await requireUnusedStorage(host, zone, contract)
  for (const { storage } of contract.devices) {
    if (storage !== undefined) await probeStorage(storage, host.storage, { signal })
  }
  await host.registry.update(zone, { ...installed, uuid: zone.record.uuid ?? randomUUID() })
  host.log(`zone '${zone.name}': attached`)
}
