import { Exit, ZoneError } from '../../errors.ts'
import { areaBytes, lookAtArea, readArea } from '../../hostdata/owner-record/area.ts'
import { guestBytes } from '../../hostdata/owner-record/owner-record.ts'
import { openStorage } from '../../storage/open-storage.ts'
import { driverOf, probeStorage } from '../../storage/storage.ts'
import { driveOf, nextNode } from '../../vm/mirror.ts'
import { bootOrder } from '../../vm/to-machine-spec.ts'
import type { Contract } from '../../zone/contract.ts'
import { formatSuri } from '../../zone/suri/format-suri.ts'
import { parseSuri } from '../../zone/suri/parse-suri.ts'
import type { Host } from '../host.ts'
import { at } from '../ownership/at-host-data.ts'
import { anotherZones } from '../ownership/host-data-errors.ts'
import type { HostDataPlace } from '../ownership/open-host-data.ts'
import { firstShared, requireUnmapped, storageInUse, zoneUsing } from '../storage-use.ts'
import type { Zone } from '../zone.ts'
import type { MovedDisk } from './journal.ts'

/** Where an operator wants a disk; without an id they are the boot disks in their order, then the others. */
export interface Wish {
  readonly uri: string
  readonly id?: number | undefined
}

export interface PlannedDisk extends Omit<MovedDisk, 'created'> {
  /** What the guest sees of the disk, in bytes. */
  readonly sizeBytes: number
  /** Host data go with it, beyond that. */
  readonly hostData: boolean
}

/** How large the new storage of a disk has to be, in bytes. */
export const neededBytes = ({ sizeBytes, hostData }: PlannedDisk) => sizeBytes + (hostData ? areaBytes : 0)

/** The disks of a zone that have storage, the boot disks first. */
export const disksInOrder = (
  devices: Contract['devices'],
): { readonly id: number; readonly storage: string }[] =>
  [...new Set([...bootOrder(devices), ...devices])].flatMap(({ id, storage }) =>
    storage === undefined ? [] : [{ id, storage }],
  )

/**
 * Which disk each wish is for, with the storage that it has.
 *
 * @throws ZoneError NO_SUCH_DISK
 */
export function wantedDisks(
  zone: string,
  devices: Contract['devices'],
  wishes: readonly Wish[],
): { readonly id: number; readonly storage: string; readonly uri: string }[] {
  const disks = disksInOrder(devices)
  return wishes.map(({ uri, id }, index) => {
    const disk = id === undefined ? disks[index] : disks.find((each) => each.id === id)
    if (disk === undefined) throw noSuchDisk(zone, id, disks.length)
    return { ...disk, uri }
  })
}

/**
 * Which disk goes where. Looks at the zone alone, not at the new storage.
 *
 * @throws ZoneError NO_SUCH_DISK, STORAGE_IN_USE, CONFIG_DIFFERS, SURI_INVALID, STORAGE_UNREACHABLE
 */
export async function planDisks(
  host: Host,
  zone: Zone,
  wishes: readonly Wish[],
  signal: AbortSignal,
): Promise<PlannedDisk[]> {
  const { name, running } = zone
  const { devices } = await host.registry.contract(name)
  const planned: PlannedDisk[] = []
  for (const { uri, ...disk } of wantedDisks(name, devices, wishes)) {
    const to = formatSuri(parseSuri(uri))
    await requireFree(host, zone, to, planned)
    const { storage: from } = disk
    const booted = running?.machine.spec.disks.find((each) => each.id === disk.id)
    if (running !== undefined && booted?.storage !== from) throw configDiffers(name, disk.id)
    const drive = running === undefined ? undefined : await driveOf(running.machine.qemu.qmp, disk.id)
    const known = guestBytes(zone.record.hostData, disk.id)
    if (known !== undefined) requireHostDataThere(name, to)
    const sizeBytes = known ?? (drive ?? (await probeStorage(from, host.storage, { signal }))).sizeBytes
    const node = drive === undefined ? null : nextNode(drive.node, disk.id)
    planned.push({ id: disk.id, from, to, node, sizeBytes, hostData: known !== undefined })
  }
  return planned
}

/** @throws ZoneError HOSTDATA_NOWHERE */
function requireHostDataThere(zone: string, to: string): void {
  const suri = parseSuri(to)
  if (driverOf(suri).isExclusive !== true) return
  throw new ZoneError(
    `zone '${zone}': storage of the type "${suri.scheme}" cannot hold its host data, which say whose it is`,
    { code: 'HOSTDATA_NOWHERE', remedy: 'Name storage of another type, such as iscsi: or nfs:' },
  )
}

/** @throws ZoneError STORAGE_IN_USE */
async function requireFree(
  host: Host,
  zone: Zone,
  uri: string,
  planned: readonly PlannedDisk[],
): Promise<void> {
  const isPlanned =
    (await firstShared(
      host,
      [uri],
      planned.map(({ to }) => to),
    )) !== undefined
  const use = isPlanned ? { zone: zone.name } : await zoneUsing(host, [uri])
  if (use !== undefined) throw storageInUse(zone, { ...use, uri }, nameOther)
  await requireUnmapped(host, [uri], zone)
}

export const nameOther = 'Name storage that nobody uses'

interface FitOptions {
  readonly force: boolean | 'own'
  readonly signal: AbortSignal
  readonly mustAnswer?: boolean
}

/**
 * Looks at new storage that is there already.
 *
 * @param force what is there is needed by nobody, but for another zone's; `own`: it is where the disk was
 * @param mustAnswer it is there for certain
 * @returns false if it is not there, or does not answer
 * @throws ZoneError WRONG_SIZE, HOSTDATA_OTHER, STORAGE_NOT_EMPTY, STORAGE_UNREACHABLE
 */
export async function requireFit(
  host: Host,
  zone: Zone,
  planned: PlannedDisk,
  { force, signal, mustAnswer = false }: FitOptions,
): Promise<boolean> {
  const { to, node, id, hostData } = planned
  const sizeBytes = neededBytes(planned)
  const found = await probeStorage(to, host.storage, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    if (!mustAnswer && error instanceof ZoneError && error.code === 'STORAGE_UNREACHABLE') return undefined
    throw error
  })
  if (found === undefined) return false
  // Of a disk with host data the guest is shown a part: the storage may be larger.
  const isRunning = node !== null && !hostData
  if (isRunning ? found.sizeBytes !== sizeBytes : found.sizeBytes < sizeBytes) {
    const allowed = isRunning ? 'exactly' : 'at least'
    throw new ZoneError(
      `zone '${zone.name}': "${to}" has ${found.sizeBytes} bytes, and device ${id} needs ${allowed} ${sizeBytes}`,
      {
        code: 'WRONG_SIZE',
        remedy: isRunning
          ? 'A running guest keeps the size of its disk: give storage of that size, or move while the zone is down'
          : 'Give larger storage',
      },
    )
  }
  // A guest that has other zones may have put their host data at the end of a disk that is all its own.
  if (force !== 'own' || hostData) await requireNotAnothers(host, zone, to)
  if (force !== false || (await isEmpty(host, zone, to, found.sizeBytes, signal))) return true
  throw new ZoneError(`zone '${zone.name}': "${to}" holds data, which would be overwritten`, {
    code: 'STORAGE_NOT_EMPTY',
    remedy: 'Name other storage, or if nobody needs what is there, repeat the command with -F',
  })
}

/**
 * Also storage that no zone of this host has may be that of a zone elsewhere, which would lose its disk.
 *
 * @throws ZoneError HOSTDATA_OTHER
 */
async function requireNotAnothers(host: Host, zone: Zone, uri: string): Promise<void> {
  const socket = host.layout.imageSocket(zone.name)
  const look = ({ store, offset }: HostDataPlace) => readArea(store, offset)
  const sight = lookAtArea(await at(host, zone, uri, false, look, socket))
  if (sight.status !== 'host data' || sight.zone === zone.record.uuid) return
  throw anotherZones(
    zone.name,
    uri,
    sight.zone,
    'Name other storage. Only if nobody needs that zone, take its host data away where it is: zoneadm -z ZONE uninstall',
  )
}

const sampleBytes = 1024 ** 2

/** Whether there is nothing where partition tables, file systems and volumes have their marks. */
async function isEmpty(
  host: Host,
  { name }: Zone,
  uri: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<boolean> {
  const socket = host.layout.imageSocket(name)
  await using store = await openStorage(uri, host.storage, { socket, writable: false, signal })
  const last = Math.max(0, sizeBytes - sampleBytes)
  for (const offset of [0, last]) {
    if ((await store.read(offset, sampleBytes)).some((byte) => byte !== 0)) return false
  }
  return true
}

function noSuchDisk(zone: string, id: number | undefined, count: number): ZoneError {
  const what = id === undefined ? `has ${count} disks, and more URIs were given` : `has no device ${id}`
  return new ZoneError(`zone '${zone}': ${what}`, {
    code: 'NO_SUCH_DISK',
    remedy: `See its devices: zonecfg -z ${zone} info device`,
    exit: Exit.usage,
  })
}

function configDiffers(zone: string, id: number): ZoneError {
  return new ZoneError(
    `zone '${zone}': device ${id} was changed in its configuration since it booted, and the guest uses other storage`,
    {
      code: 'CONFIG_DIFFERS',
      remedy: `Compare: zonecfg -z ${zone} info device; zonecfg -z ${zone} -r info device. Then set it back, or reboot the zone`,
    },
  )
}
