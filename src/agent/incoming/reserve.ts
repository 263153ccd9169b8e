import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ZoneError } from '../../errors.ts'
import { readMaintenance } from '../../facts/maintenance.ts'
import type { ZoneSummary } from '../../facts/schema.ts'
import {
  type IncomingJournal,
  journalPath,
  migrationJournal,
  removeJournal,
} from '../../migration/journal.ts'
import type { PeerParams, PeerResult } from '../../migration/peer-api.ts'
import type { MachineSpec } from '../../vm/schema.ts'
import type { Suspension } from '../../vm/suspension.ts'
import type { Contract } from '../../zone/contract.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { imageUri } from '../held-storage.ts'
import type { Host } from '../host.ts'
import { openPlace } from '../lifecycle/image-place.ts'
import { openSuspended } from '../lifecycle/suspended-image.ts'
import { requireUnclaimed } from '../require-unshared.ts'
import type { Reservation } from '../reservation.ts'
import { findMapped } from '../storage-use.ts'
import type { Zone } from '../zone.ts'
import { readRecord, writeRecord } from '../zone-record.ts'
import { contractOf } from '../zone-registry.ts'
import { zoneSummaries } from '../zone-summaries.ts'
import { noteLoss } from './arrival-ledger.ts'
import { carriedKey, dropKey, placeKey } from './carried-key.ts'
import { removeIncomingMark, setIncomingMark } from './incoming-mark.ts'
import type { IncomingZone } from './incoming-zone.ts'

/** @throws ZoneError NAME_TAKEN: the check would have said so, had it not changed since */
function requireFree(zone: Zone, { spec }: PeerParams<'peer/reserve'>): void {
  const { uuid } = zone.record
  if (zone.state === 'configured' && (uuid === null || uuid === spec.uuid)) return
  throw new ZoneError(`zone '${zone.name}' is ${zone.state} on the target`, {
    code: 'NAME_TAKEN',
    remedy: `See it there: zoneadm -z ${zone.name} list -v`,
  })
}

/**
 * Promises the machine what it needs here, and looks anew whether zones that do not run have any of it.
 *
 * @throws ZoneError as `Reservations.take()`
 */
async function promise(
  { registry, reservations, knowledge }: Host,
  { migrationId, spec: machine, kind = 'live' }: PeerParams<'peer/reserve'>,
  contract: Contract,
): Promise<Reservation> {
  // Without a guest it takes its memory when it boots, and the check only warns of a lack.
  const memory = kind === 'cold' ? null : contract.memory
  const spec = kind === 'cold' ? { ...machine, memoryBytes: 0 } : machine
  const [stock, summaries] = await Promise.all([knowledge.stock(spec), zoneSummaries(registry)])
  try {
    // A zone that has gone from here, and was renamed since, is this one.
    const isThis = ({ name, uuid, state }: ZoneSummary) =>
      name === spec.zonename || (uuid === spec.uuid && state === 'configured')
    requireUnclaimed(
      spec,
      summaries.filter((zone) => !isThis(zone)),
    )
    return reservations.take({ id: migrationId, kind: 'arriving', spec, memory }, stock)
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    const { message, code, remedy = '' } = error
    const whole = `The target cannot promise any more what the check has seen: ${message}; nothing was changed`
    throw new ZoneError(whole, { code, remedy, cause: error })
  }
}

/** @throws ZoneError STORAGE_IN_USE: by a path on this host */
async function requireNotMapped(
  host: Host,
  { zone, spec, suspended }: PeerParams<'peer/reserve'>,
): Promise<void> {
  const uris = [...spec.disks.map(({ storage }) => storage), ...imageUri(suspended?.place)]
  const uri = await findMapped(host, uris)
  if (uri === undefined) return
  throw new ZoneError(`zone '${zone}': "${uri}" is mapped for writing on the target; nothing was changed`, {
    code: 'STORAGE_IN_USE',
    remedy: `On the target: suriadm unmap ${uri}`,
  })
}

/** An earlier migration may have run the zone here, and its source has yet to learn that: what is known of it stays. */
function onItsWay(zone: string): ZoneError {
  return new ZoneError(`zone '${zone}': another migration to the target is not settled yet`, {
    code: 'MIGRATION_UNSETTLED',
    remedy: `On the host where it came from: zoneadm -z ${zone} migrate --recover\nOnly if that host knows nothing of it any more, on the target: zoneadm -z ${zone} migrate --recover -F`,
  })
}

function inMaintenance(reason: string): ZoneError {
  return new ZoneError(`The target is in maintenance: ${reason}; nothing was changed`, {
    code: 'IN_MAINTENANCE',
    remedy: 'Choose another target. When it is over, on the target: zonesd maintenance off',
  })
}

/**
 * Really opens the image of a suspended guest from here, with the key that came with it: that it is shared, whole, and the
 * right one is known before anything is handed over.
 *
 * @throws ZoneError IMAGE_*, KEY_*, STORAGE_UNREACHABLE
 */
async function requireImage(host: Host, journal: IncomingJournal, suspended: Suspension): Promise<void> {
  const { zone } = journal
  try {
    await using store = await openPlace(host, { name: zone }, suspended.place, { writable: false })
    await openSuspended(host, { name: zone }, suspended, store, carriedKey(host.layout, journal))
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    throw new ZoneError(`The target cannot use the suspend image: ${error.message}; nothing was changed`, {
      code: error.code,
      remedy: 'It has to be on storage that both hosts reach',
      cause: error,
    })
  }
}

async function isHeld(path: string, sha256: string | undefined): Promise<boolean> {
  if (sha256 === undefined) return true
  const content = await readFile(path).catch(() => undefined)
  return content !== undefined && createHash('sha256').update(content).digest('hex') === sha256
}

/** Files of a direct boot that this host lacks. */
async function missingFiles(
  host: Host,
  { zonename, directBoot }: MachineSpec,
): Promise<('kernel' | 'initrd')[]> {
  if (directBoot === undefined) return []
  const [kernel, initrd] = await Promise.all([
    isHeld(host.layout.kernel(zonename), directBoot.kernelSha256),
    isHeld(host.layout.initrd(zonename), directBoot.initrdSha256),
  ])
  return [...(kernel ? [] : (['kernel'] as const)), ...(initrd ? [] : (['initrd'] as const))]
}

/**
 * Holds this host's name, memory, addresses, disks and configuration for a zone that is to come. The configuration that is
 * here is used; if there is none, the source's is imported.
 *
 * @throws ZoneError GOING_DOWN, NAME_TAKEN, ZONE_BUSY, MIGRATION_UNSETTLED, STORAGE_IN_USE, those of `Reservations.take()`,
 *   and those of a configuration that this release does not understand; nothing is changed then
 */
export async function reserveIncoming(
  host: Host,
  params: PeerParams<'peer/reserve'>,
): Promise<{ readonly incoming: IncomingZone; readonly answer: PeerResult<'peer/reserve'> }> {
  const {
    migrationId,
    zone: name,
    source,
    spec,
    configText,
    kind,
    suspended,
    hostData,
    overwrite = false,
  } = params
  const { registry, layout, reservations } = host
  const folder = layout.zoneFolder(name)
  if (host.ending.aborted) throw new ZoneError('zonesd of the target is just ending', { code: 'ENDING' })
  host.goingDown.requireUp()
  const maintenance = await readMaintenance(layout.maintenanceFile)
  if (maintenance !== null) throw inMaintenance(maintenance)
  const known = registry.find(name)
  if (known !== undefined) requireFree(known, params)
  using nameHeld = reservations.holdName(name)
  const isLeftOver = known?.moving === 'migrating-in' && known.operation === undefined
  if (nameHeld === undefined || isLeftOver) throw onItsWay(name)
  await using undo = new AsyncDisposableStack()
  // Before anything is waited for or written: somebody else may want the zone or its name at the same time.
  let held = known?.begin('migrate')
  undo.defer(() => held?.[Symbol.dispose]())
  const left = await readRecord(journalPath(folder), migrationJournal)
  // Who offers the same zone again has settled its earlier migration, or has taken the zone over: then its source may yet ask.
  if (left?.direction === 'in' && left.spec.uuid !== spec.uuid) throw onItsWay(name)
  if (left?.direction === 'in' && known?.lostFrom !== undefined) {
    await noteLoss(layout, left.migrationId, spec.uuid)
  }
  const existing = await registry.config(name)
  const holds = overwrite ? undefined : existing
  const contract = contractOf(holds?.config ?? parseExport(configText), name)
  const { pageBytes } = await promise(host, params, contract)
  undo.defer(() => reservations.drop(migrationId))
  await requireNotMapped(host, params)
  const journal: IncomingJournal = {
    schema: 1,
    direction: 'in',
    migrationId,
    zone: name,
    source,
    startedAt: new Date().toISOString(),
    imported: existing === undefined,
    spec,
    ...(kind === undefined ? {} : { kind }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(hostData === undefined ? {} : { hostData }),
    ...(holds === existing || existing === undefined ? {} : { replaced: existing.text }),
  }
  undo.defer(() => removeIncomingMark(layout, name))
  await setIncomingMark(layout, name, 'waiting')
  undo.defer(() => removeJournal(folder))
  await writeRecord(journalPath(folder), journal)
  // Of the earlier migration only the note of the loss is left.
  if (known !== undefined) known.lostFrom = undefined
  undo.defer(() => dropKey(layout, journal))
  if (params.key !== undefined) await placeKey(layout, journal, params.key)
  if (suspended !== undefined) await requireImage(host, journal, suspended)
  const zone =
    known !== undefined && holds !== undefined ? known : await registry.saveConfig(name, configText)
  held ??= zone.begin('migrate')
  zone.moving = 'migrating-in'
  undo.move()
  const incoming: IncomingZone = {
    zone,
    journal,
    held,
    configText: holds?.text ?? configText,
    pageBytes,
    heardAtMs: performance.now(),
    going: undefined,
    key: undefined,
  }
  return { incoming, answer: { imported: journal.imported, missing: await missingFiles(host, spec) } }
}
