import { ZoneError } from '../../errors.ts'
import { isKnown } from '../../facts/schema.ts'
import { beginImage } from '../../hostdata/suspend-image/write-image.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import { saveState } from '../../migration/save-state.ts'
import { holdForTest } from '../../util/test-hold.ts'
import { type ImagePlace, type Suspension } from '../../vm/suspension.ts'
import type { Contract } from '../../zone/contract.ts'
import { formatSize } from '../../zone/schema/size.ts'
import type { Progress } from '../api.ts'
import { disksOf, imageUri } from '../held-storage.ts'
import type { Host } from '../host.ts'
import { bootRecord } from '../outgoing/source-zone.ts'
import { ownState } from '../ownership/hand-over-record.ts'
import { noteOwner } from '../ownership/own.ts'
import { rekeyZone } from '../ownership/rekey.ts'
import { keyFor, keyOfConfiguration } from '../ownership/zone-key.ts'
import { takenMemory } from '../stock.ts'
import { findUse, firstShared, requireUnmapped, storageInUse } from '../storage-use.ts'
import { requireSettledMove } from '../unsettled-move.ts'
import type { RunningZone, Zone } from '../zone.ts'
import { abandonSuspension } from './abandon-suspension.ts'
import { mountOfPlace, openPlace, placeText, requirePlace } from './image-place.ts'
import { endRunning } from './run-zone.ts'

const mib = 1024 ** 2
/** Devices, firmware, and what framing adds to pages that do not compress. */
const stateOverheadBytes = 64 * mib
const frameShare = 0.01

export interface SuspendOptions {
  readonly signal: AbortSignal
  readonly progress: (value: Progress) => void
}

/**
 * Suspends a running zone: its guest is stopped, all of its state goes to the place that the `suspend` resource names, and
 * its machine is ended. If anything fails the guest goes on running, and nothing is left of the image.
 *
 * @throws ZoneError WRONG_STATE, NO_SUSPEND, NO_ROOM, PLACE_TAKEN, STORAGE_UNREACHABLE: before the guest is stopped;
 *   SUSPEND_FAILED; NOT_TAKEN_BACK: the guest may stand still; MOVE_UNSETTLED: the image would name the disks of before
 */
export async function suspendZone(
  host: Host,
  zone: Zone,
  { signal, progress }: SuspendOptions,
): Promise<void> {
  const running = zone.requireRunning('suspend')
  requireSettledMove(zone.name, zone.unsettledMove, 'suspend')
  const contract = await host.registry.contract(zone.name)
  const place = placeOf(contract)
  await requireOwnPlace(host, zone, contract, place)
  const suspended = await describe(host, running, place)
  const { memoryBytes } = running.machine.spec
  const mostBytes = await mostImageBytes(zone, running)
  await requirePlace(host, zone, place, { mostBytes, memoryBytes, signal })
  const zoneKey = await keyToSuspend(host, zone)
  const writing = { ...suspended, phase: 'writing', mount: await mountOfPlace(host, place) } as const
  await holdForTest('suspend.begin')
  // From here on the next zonesd knows what to do.
  await host.registry.update(zone, { suspended: writing })
  progress({ kind: 'line', text: `Suspending zone to ${placeText(place)}.` })
  try {
    const bytes = await save(host, zone, running, suspended, { zoneKey, signal, progress })
    await holdForTest('suspend.whole')
    await host.registry.update(zone, { suspended: { ...suspended, phase: 'whole' } })
    host.log(`zone '${zone.name}': suspended to ${placeText(place)}, ${bytes} bytes`)
    progress({ kind: 'line', text: `Suspended; the image has ${formatSize(Math.ceil(bytes / mib) * mib)}B.` })
  } catch (error) {
    await abandonSuspension(host, zone, writing, error)
    throw suspendFailed(zone, signal, error)
  }
  await holdForTest('suspend.recorded')
  await endRunning(host, zone)
  await holdForTest('suspend.ended')
  await noteOwner(host, zone, ownState(zone))
}

/** A keysource that was changed since holds from now on: all that the zone has sealed is sealed with it. */
async function keyToSuspend(host: Host, zone: Zone): Promise<Buffer> {
  const given = await keyOfConfiguration(host, zone)
  const sealed = await readZoneKey(host.layout.key(zone.name))
  if (given !== undefined && sealed?.equals(given) === false) await rekeyZone(host, zone)
  return keyFor(host, zone)
}

function placeOf({ zonename, suspend }: Contract): ImagePlace {
  if (suspend?.storage !== undefined) return { storage: suspend.storage }
  if (suspend?.path !== undefined) return { path: suspend.path }
  throw new ZoneError(`zone '${zonename}': has no suspend resource, which names the place of its image`, {
    code: 'NO_SUSPEND',
    remedy: [
      `zonecfg -z ${zonename} 'add suspend; set path=/var/lib/zones/${zonename}/suspend; end'`,
      `To migrate it suspended, use storage that both hosts reach: set storage=iscsi://... instead of path`,
    ].join('\n'),
  })
}

/** @throws ZoneError STORAGE_IN_USE: an image there would destroy a disk or another image */
async function requireOwnPlace(host: Host, zone: Zone, own: Contract, place: ImagePlace): Promise<void> {
  const uris = imageUri(place)
  const booted = (zone.running?.machine.spec.disks ?? []).map(({ storage }) => storage)
  const isOwnDisk = (await firstShared(host, [...disksOf(own), ...booted], uris)) !== undefined
  const others = host.registry.all().filter((other) => other !== zone)
  const use = isOwnDisk ? { zone: zone.name } : await findUse(host, uris, others)
  const remedy = `Give the image a place of its own: zonecfg -z ${zone.name}`
  if (use !== undefined) throw storageInUse(zone, { ...use, uri: placeText(place) }, remedy)
  await requireUnmapped(host, uris, zone)
}

async function describe(host: Host, running: RunningZone, place: ImagePlace): Promise<Suspension> {
  const boot = await bootRecord(running)
  if (!isKnown(boot)) throw new ZoneError(boot.unknown, { code: 'BOOT_UNKNOWN' })
  return {
    schema: 1,
    imageId: crypto.randomUUID(),
    place,
    suspendedAt: new Date().toISOString(),
    host: host.identity.name,
    spec: running.machine.spec,
    boot: boot.known,
    configText: running.record.configText,
  }
}

/**
 * How long an image can become. Memory that the guest never touched takes next to nothing; the rest is taken as if it
 * could not be compressed. It is never said to be more than the memory: should that be too little after all, by the frame of
 * memory that does not compress at all, the guest goes on.
 */
async function mostImageBytes(zone: Zone, { machine }: RunningZone): Promise<number> {
  const { memoryBytes } = machine.spec
  const taken = (await takenMemory({ all: () => [zone] })).get(zone.name)?.bytes ?? memoryBytes
  return Math.min(memoryBytes, Math.ceil(taken * (1 + frameShare)) + stateOverheadBytes)
}

async function save(
  host: Host,
  zone: Zone,
  { machine }: RunningZone,
  suspended: Suspension,
  { zoneKey, signal, progress }: SuspendOptions & { readonly zoneKey: Buffer },
): Promise<number> {
  const { imageId, place, spec } = suspended
  await using store = await openPlace(host, zone, place, { writable: true, signal })
  const description = Buffer.from(JSON.stringify(suspended))
  const image = await beginImage(store, { imageId, zone: spec.uuid, zoneKey, description })
  const write = async (state: AsyncIterable<Uint8Array>, either: AbortSignal) => {
    await holdForTest('suspend.writing')
    return image.write(state, either)
  }
  const bytes = await saveState(machine.qemu.qmp, write, {
    socket: host.layout.stateSocket(zone.name),
    signal,
    onProgress: (memory) => progress({ kind: 'transfer', ...memory }),
  })
  await image.finish()
  return bytes
}

function suspendFailed(zone: Zone, signal: AbortSignal, error: unknown): unknown {
  if (signal.aborted || !(error instanceof Error)) return error
  const isRunning = zone.running !== undefined
  const now = isRunning ? 'it goes on running here' : (zone.reason ?? 'it does not run any more')
  const { code = 'SUSPEND_FAILED', ...failure } = error as Partial<ZoneError>
  // Whatever failed before its machine ended is not in the way any more.
  const remedy = isRunning ? failure.remedy : `zoneadm -z ${zone.name} boot`
  return new ZoneError(`zone '${zone.name}': could not be suspended: ${error.message}; ${now}`, {
    code,
    ...(remedy === undefined ? {} : { remedy }),
    cause: error,
  })
}
