import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ZoneError } from '../../errors.ts'
import {
  type IncomingJournal,
  journalPath,
  migrationJournal,
  removeJournal,
} from '../../migration/journal.ts'
import type { PeerParams, PeerResult } from '../../migration/peer-api.ts'
import type { MachineSpec } from '../../vm/schema.ts'
import { parseExport } from '../../zone/parse-export.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { readRecord, writeRecord } from '../zone-record.ts'
import { contractOf } from '../zone-registry.ts'
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

/** An earlier migration may have run the zone here, and its source has yet to learn that: what is known of it stays. */
function onItsWay(zone: string): ZoneError {
  return new ZoneError(`zone '${zone}': another migration to the target is not settled yet`, {
    code: 'MIGRATION_UNSETTLED',
    remedy: `On the host where it came from: zoneadm -z ${zone} migrate --recover`,
  })
}

async function holds(path: string, sha256: string | undefined): Promise<boolean> {
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
    holds(host.layout.kernel(zonename), directBoot.kernelSha256),
    holds(host.layout.initrd(zonename), directBoot.initrdSha256),
  ])
  return [...(kernel ? [] : (['kernel'] as const)), ...(initrd ? [] : (['initrd'] as const))]
}

/**
 * Holds this host's name, memory and configuration for a zone that is to come. The configuration that is here is used;
 * if there is none, the source's is imported.
 *
 * @throws ZoneError NAME_TAKEN, ZONE_BUSY, MIGRATION_UNSETTLED, and those of a configuration that this release does not understand
 */
export async function reserveIncoming(
  host: Host,
  params: PeerParams<'peer/reserve'>,
): Promise<{ readonly incoming: IncomingZone; readonly answer: PeerResult<'peer/reserve'> }> {
  const { migrationId, zone: name, source, spec, configText } = params
  const { registry, layout, reservations } = host
  const folder = layout.zoneFolder(name)
  const known = registry.find(name)
  if (known !== undefined) requireFree(known, params)
  if (reservations.all().some((other) => other.zone === name)) throw onItsWay(name)
  await using undo = new AsyncDisposableStack()
  // Before anything is waited for or written: somebody else may want the zone or its name at the same time.
  let held = known?.begin('migrate')
  undo.defer(() => held?.[Symbol.dispose]())
  reservations.add({ migrationId, zone: name, spec })
  undo.defer(() => reservations.drop(migrationId))
  const left = await readRecord(journalPath(folder), migrationJournal)
  // Who offers the same zone again has settled its earlier migration, or could not offer it.
  if (left?.direction === 'in' && left.spec.uuid !== spec.uuid) throw onItsWay(name)
  const existing = await registry.config(name)
  if (existing === undefined) contractOf(parseExport(configText), name)
  const journal: IncomingJournal = {
    schema: 1,
    direction: 'in',
    migrationId,
    zone: name,
    source,
    imported: existing === undefined,
    spec,
  }
  undo.defer(() => removeIncomingMark(layout, name))
  await setIncomingMark(layout, name, 'waiting')
  undo.defer(() => removeJournal(folder))
  await writeRecord(journalPath(folder), journal)
  const zone =
    known !== undefined && existing !== undefined ? known : await registry.saveConfig(name, configText)
  held ??= zone.begin('migrate')
  zone.moving = 'migrating-in'
  undo.move()
  const incoming: IncomingZone = {
    zone,
    journal,
    held,
    configText: existing?.text ?? configText,
    heardAtMs: performance.now(),
    going: undefined,
    key: undefined,
  }
  return { incoming, answer: { imported: journal.imported, missing: await missingFiles(host, spec) } }
}
