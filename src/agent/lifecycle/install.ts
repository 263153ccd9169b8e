import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { areaBytes } from '../../hostdata/owner-record/area.ts'
import { copiesOf } from '../../hostdata/owner-record/owner-record.ts'
import { copyImage, createStorage, driverOf, probeStorage, removeStorage } from '../../storage/storage.ts'
import { atomicWrite } from '../../util/atomic-write.ts'
import { bootOrder } from '../../vm/to-machine-spec.ts'
import type { Contract } from '../../zone/contract.ts'
import { parseSuri } from '../../zone/suri/parse-suri.ts'
import type { Params, Progress } from '../api.ts'
import { disksOf } from '../held-storage.ts'
import type { Host } from '../host.ts'
import { beginHostData } from '../ownership/begin-host-data.ts'
import { eraseHostData, plannedHostData, type Site, sitesToInstall } from '../ownership/claim.ts'
import { inOtherHands } from '../ownership/in-other-hands.ts'
import { hostDataDevices } from '../ownership/open-host-data.ts'
import { tellMissed } from '../ownership/own.ts'
import { meter } from '../storage-move/meter.ts'
import { requireUnusedStorage } from '../storage-use.ts'
import type { Zone } from '../zone.ts'
import type { ZoneRecord } from '../zone-record.ts'

/** Size of a root disk that nobody has given a size, as on Solaris. */
const defaultDiskBytes = 16 * 1024 ** 3

export type InstallOptions = Omit<Params<'zone/install'>, 'medium'>

/** Storage that an installation has made. */
interface Made {
  readonly id: number
  readonly storage: string
}

/**
 * Makes what can be made of the zone's storage, and opens the rest. What was made is noted, for `uninstall`, and beforehand what
 * is being made.
 */
async function provideStorage(
  host: Host,
  zone: Zone,
  contract: Contract,
  { defaultBytes }: Content,
  made: Made[],
  signal: AbortSignal,
): Promise<void> {
  const { devices } = contract
  const withHostData = new Set(hostDataDevices(contract).map(({ id }) => id))
  for (const { id, storage, createSizeBytes } of devices) {
    if (storage === undefined) continue
    signal.throwIfAborted()
    const guestBytes = createSizeBytes ?? defaultBytes?.(id) ?? defaultDiskBytes
    const sizeBytes = withHostData.has(id) ? guestBytes + areaBytes : guestBytes
    const isMaker = driverOf(parseSuri(storage)).create !== undefined
    if (isMaker) await host.registry.update(zone, { making: id })
    const outcome = await createStorage(storage, sizeBytes, host.storage, { signal })
    if (outcome === 'created') made.push({ id, storage })
    const createdDevices = made.map((each) => each.id)
    if (isMaker) await host.registry.update(zone, { createdDevices, making: undefined })
  }
}

/** Undoes an installation that has failed. What cannot be removed stays noted, for `uninstall`. */
async function giveUp(host: Host, zone: Zone, made: readonly Made[]): Promise<void> {
  const left: number[] = []
  let reason = ''
  for (const { id, storage } of made.toReversed()) {
    await removeStorage(storage, host.storage).catch((error: Error) => {
      left.push(id)
      reason = `${storage} was made for it and cannot be removed: ${error.message}`
      host.log(`zone '${zone.name}': ${reason}`)
    })
  }
  const rest = { state: 'incomplete', reason, createdDevices: left } as const
  await host.registry.update(zone, left.length === 0 ? before : { ...before, ...rest })
}

async function placeBootFiles(
  host: Host,
  zone: Zone,
  { kernel, initrd }: Content,
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
      remedy: `Name a file of this host that zonesd may read. What is there: ls -lL ${from}`,
      cause: error,
    })
  })
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await atomicWrite(to, content, 0o600)
  return createHash('sha256').update(content).digest('hex')
}

/** What a zone is installed from. */
export interface Content {
  /** Files of a guest without boot loader. */
  readonly kernel: string | null
  readonly initrd: string | null
  /** What is at the end of the first boot device is needed by nobody, and host data on the others neither. */
  readonly initialize: boolean
  /** Size of a disk that is made and that nobody has given a size, in bytes. */
  readonly defaultBytes?: (device: number) => number | undefined
  /** Writes over disks; absent: what is on them stays. */
  readonly fill?: ((contract: Contract, sites: readonly Site[]) => Promise<void>) | undefined
  /** Whether it writes over all of this disk. */
  readonly fills: (device: number, contract: Contract) => boolean
}

/**
 * Installs a zone: its storage is made where its scheme can make it and opened where not, and filled from an image if
 * one is given. If it fails or is cancelled, all that was made is removed; if even that fails or is interrupted, the zone is
 * `incomplete`.
 *
 * @throws ZoneError WRONG_STATE, STORAGE_IN_USE, STORAGE_UNREACHABLE, FILE_UNREADABLE, COMMAND_FAILED, HOSTDATA_OTHER
 */
export async function installZone(
  host: Host,
  zone: Zone,
  { image, ...files }: InstallOptions,
  signal: AbortSignal,
  progress: (value: Progress) => void = () => undefined,
): Promise<void> {
  const fill = async (
    { devices }: Contract,
    path: string,
    format: 'raw' | 'qcow2',
    sites: readonly Site[],
  ) => {
    const [target] = bootOrder(devices)
    if (target?.storage === undefined) throw noBootDevice(zone)
    progress({ kind: 'line', text: `Copying ${path} to ${target.storage}.` })
    const { sizeBytes } = await probeStorage(target.storage, host.storage, { signal })
    const onBytes = meter(progress)
    const onShare = (share: number) => onBytes(share * sizeBytes, sizeBytes)
    const site = sites.find(({ device }) => device === target.id)
    const targetIsZero = zone.record.createdDevices.includes(target.id)
    const part = { signal, onShare, targetIsZero, sizeBytes: site?.sizeBytes }
    await copyImage({ path, format }, target.storage, host.storage, part)
  }
  await provideZone(
    host,
    zone,
    {
      ...files,
      fill: image === null ? undefined : (contract, sites) => fill(contract, image.path, image.format, sites),
      fills: (device, { devices }) => image !== null && bootOrder(devices)[0]?.id === device,
    },
    signal,
  )
  host.log(`zone '${zone.name}': installed`)
}

/**
 * Makes a configured zone an installed one, with this content. If it fails or is cancelled, all that was made is removed.
 *
 * @throws as `installZone()`, and what filling throws
 */
export async function provideZone(
  host: Host,
  zone: Zone,
  content: Content,
  signal: AbortSignal,
): Promise<void> {
  zone.requireState('install', ['configured'])
  requireNotMoved(zone)
  const { registry } = host
  const { fill, fills, initialize } = content
  const contract = await registry.contract(zone.name)
  await using undo = new AsyncDisposableStack()
  await registry.update(zone, {
    state: 'incomplete',
    reason: 'its installation was interrupted',
    createdDevices: [],
    making: undefined,
  })
  const made: Made[] = []
  undo.defer(() => giveUp(host, zone, made))
  await requireUnusedStorage(host, zone, disksOf(contract))
  await provideStorage(host, zone, contract, content, made, signal)
  // Once more: of two zones that are installed at once, one may have made the file while the other looked, which knew it by
  // its name alone until then.
  await requireUnusedStorage(host, zone, disksOf(contract))
  const directBoot = await placeBootFiles(host, zone, content, undo)
  const overwrites = (device: number) => fills(device, contract)
  const wishes = { made: zone.record.createdDevices, overwrites, initialize }
  const sites = await sitesToInstall(host, zone, contract, wishes)
  await fill?.(contract, sites)
  const uuid = zone.record.uuid ?? randomUUID()
  // Known before it is on the disk: what an interrupted installation leaves there is this zone's, and is removed with it.
  const hostData = plannedHostData(zone, sites)
  await registry.update(zone, { uuid, hostData })
  if (hostData !== undefined) await beginHostData(host, zone, sites, { uuid, hostData })
  await registry.update(zone, { ...installed, uuid, directBoot, hostData })
  undo.move()
}

function noBootDevice({ name }: Zone): ZoneError {
  return new ZoneError(`zone '${name}': has no boot device to copy the image to`, {
    code: 'NO_BOOT_DEVICE',
    remedy: `Mark one: zonecfg -z ${name} 'select device id=0; set bootpri=0; end'`,
  })
}

/** @throws ZoneError ZONE_MOVED: its disk is in use where it went */
export function requireNotMoved({ name, record }: Zone): void {
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
  making: undefined,
  directBoot: undefined,
  hostData: undefined,
  unclaimed: undefined,
  timeOffsetSeconds: undefined,
}
export const installed: Partial<ZoneRecord> = {
  state: 'installed',
  reason: undefined,
  movedTo: undefined,
  begun: undefined,
}

/** Storage that is gone keeps nobody from forgetting the zone. */
async function forgetOwner(host: Host, zone: Zone): Promise<void> {
  try {
    tellMissed(host, zone, await eraseHostData(host, zone))
  } catch (error) {
    host.log(`zone '${zone.name}': its host data stay on its disks: ${(error as Error).message}`)
  }
}

/** Forgets that the zone's storage was made here, so that it is not removed with it: another host may run the zone on it. */
async function leaveStorage(
  { registry }: Host,
  zone: Zone,
  { devices }: Contract,
  { others, tell }: { readonly others: string; readonly tell: (text: string) => void },
): Promise<void> {
  const made = devices.filter(({ id }) => zone.record.createdDevices.includes(id))
  for (const { storage } of made)
    tell(
      `${storage} stays as it is, since ${others}; to remove it, if nobody has it: suriadm delete ${storage}`,
    )
  await registry.update(zone, { createdDevices: [], hostData: undefined })
}

/**
 * Undoes an installation: removes the storage that it made. Storage that was there before, or that is in other hands now, stays as it
 * is, and what somebody else may have made is told.
 *
 * @throws ZoneError WRONG_STATE
 */
export async function uninstallZone(
  host: Host,
  zone: Zone,
  progress: (value: Progress) => void = () => undefined,
): Promise<void> {
  zone.requireState('uninstall', ['installed', 'incomplete', 'unavailable'])
  const { registry } = host
  const contract = await registry.contract(zone.name)
  const tell = (text: string) => {
    host.log(`zone '${zone.name}': ${text}`)
    progress({ kind: 'line', text })
  }
  const others = await inOtherHands(host, zone)
  if (others !== undefined) await leaveStorage(host, zone, contract, { others, tell })
  await registry.update(zone, { state: 'incomplete', reason: 'its removal was interrupted' })
  const made = contract.devices.filter(({ id }) => zone.record.createdDevices.includes(id))
  const left = copiesOf(zone.record.hostData).filter(
    ({ device }) => !made.some(({ id }) => id === device) && contract.devices.some(({ id }) => id === device),
  )
  if (left.length > 0) await forgetOwner(host, zone)
  for (const { storage } of made) {
    if (storage !== undefined) await removeStorage(storage, host.storage)
  }
  const unsure = contract.devices.find(({ id }) => id === zone.record.making)?.storage
  if (unsure !== undefined)
    tell(
      `${unsure} may have been made by the installation that was interrupted; to remove it, if nobody has it: suriadm delete ${unsure}`,
    )
  await rm(dirname(host.layout.kernel(zone.name)), { recursive: true, force: true })
  await registry.update(zone, { ...before, uuid: null })
  host.log(`zone '${zone.name}': uninstalled`)
}
