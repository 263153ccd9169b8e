import { ZoneError } from '../../errors.ts'
import { guestBytes } from '../../hostdata/owner-record/owner-record.ts'
import { copyStorage, probeStorage } from '../../storage/storage.ts'
import type { Contract } from '../../zone/contract.ts'
import type { Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { Site } from '../ownership/claim.ts'
import { meter } from '../storage-move/meter.ts'
import type { Zone } from '../zone.ts'
import { requireNotSuspended } from './boot-or-resume.ts'
import { provideZone } from './install.ts'

export interface CloneOptions {
  readonly signal: AbortSignal
  readonly progress: (value: Progress) => void
  /** What is at the end of the new boot device is needed by nobody. */
  readonly initialize: boolean
}

/** A disk of the zone that is cloned, as its guest sees it. */
interface Original {
  readonly id: number
  readonly uri: string
  readonly sizeBytes: number
}

/**
 * Installs a zone from the disks of another one of this host, which is down and stays down meanwhile: each disk is copied to the
 * disk of the same id. The new zone has an identity of its own; what is on the disks, such as the name of the guest's host, is
 * the same. If it fails or is cancelled, all that was made is removed.
 *
 * @throws ZoneError WRONG_STATE, ZONE_SUSPENDED, ZONE_BUSY, DISKS_DIFFER, WRONG_SIZE; as `installZone()`
 */
export async function cloneZone(
  host: Host,
  zone: Zone,
  source: Zone,
  { signal, progress, initialize }: CloneOptions,
): Promise<void> {
  if (source === zone) throw sameZone(zone)
  source.requireState('clone', ['installed'])
  requireNotSuspended('clone', source)
  using _held = source.begin('clone')
  const originals = await originalsOf(host, source, signal)
  const sizes = new Map(originals.map(({ id, sizeBytes }) => [id, sizeBytes]))
  requireSameDisks(zone, source, await host.registry.contract(zone.name), sizes)
  const { directBoot } = source.record
  const content = {
    kernel: directBoot === undefined ? null : host.layout.kernel(source.name),
    initrd: directBoot?.initrdSha256 === undefined ? null : host.layout.initrd(source.name),
    initialize,
    defaultBytes: (id: number) => sizes.get(id),
    fill: (contract: Contract, sites: readonly Site[]) =>
      copyAll(host, zone, originals, { contract, sites }, { signal, progress }),
    fills: () => true,
  }
  await provideZone(host, zone, content, signal)
  host.log(`zone '${zone.name}': cloned from zone '${source.name}'`)
}

function sameZone({ name }: Zone): ZoneError {
  return new ZoneError(`zone '${name}': cannot be cloned from itself`, {
    code: 'SAME_ZONE',
    remedy: `Name another zone of this host, which has its disks: zoneadm list -cv; zoneadm -z ${name} clone SOURCE`,
  })
}

async function originalsOf(host: Host, source: Zone, signal: AbortSignal): Promise<Original[]> {
  const { devices } = await host.registry.contract(source.name)
  const { hostData } = source.record
  const originals: Original[] = []
  for (const { id, storage: uri } of devices) {
    if (uri === undefined) continue
    const sizeBytes =
      guestBytes(hostData, id) ?? (await probeStorage(uri, host.storage, { signal })).sizeBytes
    originals.push({ id, uri, sizeBytes })
  }
  return originals
}

function requireSameDisks(
  zone: Zone,
  source: Zone,
  { devices }: Contract,
  sizes: ReadonlyMap<number, number>,
): void {
  const ids = devices.flatMap(({ id, storage }) => (storage === undefined ? [] : [id]))
  const other = [...sizes.keys()].find((id) => !ids.includes(id)) ?? ids.find((id) => !sizes.has(id))
  if (other === undefined) return
  const who = sizes.has(other) ? source : zone
  throw new ZoneError(
    `zone '${zone.name}': only zone '${who.name}' has a device ${other}; both must have the same disks`,
    {
      code: 'DISKS_DIFFER',
      remedy: `Make the configuration from that of the other: zonecfg -z ${zone.name} 'create -t ${source.name}; ...'`,
    },
  )
}

async function copyAll(
  host: Host,
  zone: Zone,
  originals: readonly Original[],
  { contract: { devices }, sites }: { readonly contract: Contract; readonly sites: readonly Site[] },
  { signal, progress }: Pick<CloneOptions, 'signal' | 'progress'>,
): Promise<void> {
  const total = originals.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
  const onBytes = meter(progress)
  let before = 0
  for (const { id, uri, sizeBytes } of originals) {
    const to = devices.find((device) => device.id === id)?.storage
    if (to === undefined) continue
    // What is beyond it will be host data.
    const site = sites.find(({ device }) => device === id)
    const there = site ?? (await probeStorage(to, host.storage, { signal }))
    if (there.sizeBytes < sizeBytes) throw tooSmall(zone, to, there.sizeBytes, sizeBytes)
    progress({ kind: 'line', text: `Copying ${uri} to ${to}.` })
    const onShare = (share: number) => onBytes(before + share * sizeBytes, total)
    const targetIsZero = zone.record.createdDevices.includes(id)
    await copyStorage(uri, to, host.storage, { signal, sizeBytes, onShare, targetIsZero })
    before += sizeBytes
  }
}

function tooSmall({ name }: Zone, uri: string, has: number, needs: number): ZoneError {
  return new ZoneError(`zone '${name}': "${uri}" has ${has} bytes, and the disk to be cloned ${needs}`, {
    code: 'WRONG_SIZE',
    remedy: 'Give larger storage',
  })
}
