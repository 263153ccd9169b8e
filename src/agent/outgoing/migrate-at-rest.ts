import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Kind } from '../../compat/schema.ts'
import { ZoneError } from '../../errors.ts'
import { journalPath } from '../../migration/journal.ts'
import type { Migration, MovingZone } from '../../migration/migration.ts'
import type { Peer } from '../../migration/peer.ts'
import { type PhaseTime, runPhases } from '../../migration/phase.ts'
import { restPhases } from '../../migration/phases/index.ts'
import type { MigrationSummary, Params, Progress } from '../api.ts'
import type { Host } from '../host.ts'
import { machineToBoot } from '../lifecycle/boot.ts'
import { recoverSuspension } from '../lifecycle/recover-suspension.ts'
import { noSuchZone, type Zone, type ZoneOperation } from '../zone.ts'
import { writeRecord } from '../zone-record.ts'
import { contractOf } from '../zone-registry.ts'
import { carryOut, outgoingJournal, stuck, telling, whileConnected } from './carry-out.ts'
import { checkPhases } from './check-stopped.ts'
import { leftFor, ownershipOf } from './source-zone.ts'

/** The kind of migration that fits the zone as it is. */
export const kindOf = (zone: Pick<Zone, 'running' | 'isSuspended'>): Kind =>
  zone.running !== undefined ? 'live' : zone.isSuspended ? 'warm' : 'cold'

const needed: Readonly<Record<Kind, string>> = {
  live: 'running',
  warm: 'suspended',
  cold: 'installed, and neither running nor suspended,',
}

/** @throws ZoneError WRONG_STATE: the kind that was asked for does not fit the zone's state */
export function requireType(zone: Zone, type: Params<'zone/migrate'>['type']): void {
  const kind = kindOf(zone)
  if (type === 'auto' || type === kind) return
  if (type === 'live') zone.requireRunning('migrate')
  const state = [zone.state, ...zone.auxiliary].join(', ')
  throw new ZoneError(
    `zone '${zone.name}': must be ${needed[type]} for a ${type} migration, it is ${state}`,
    {
      code: 'WRONG_STATE',
      remedy: `As it is, it is migrated by the kind that fits with -t auto, which is the default (${kind})`,
    },
  )
}

interface Asked {
  readonly params: Params<'zone/migrate'>
  readonly operation: ZoneOperation
  readonly progress: (value: Progress) => void
}

/**
 * A migration of a zone that does not run, which is about to begin.
 *
 * @param asked what was asked for; the operation's signal, and the end of the conversation with the target, end it
 * @throws ZoneError NO_SUCH_ZONE, FILE_DAMAGED; those of `machineToBoot()`
 */
export async function restMigration(
  host: Host,
  zone: Zone,
  peer: Peer,
  { params, operation, progress }: Asked,
): Promise<Migration> {
  const { target, environment, cipher, overwrite } = params
  const signal = whileConnected(peer, operation.controller.signal, 'the zone stays here as it was')
  const migration: Migration = {
    id: randomUUID(),
    operationId: operation.id,
    kind: kindOf(zone),
    source: await restingZone(host, zone, peer.uri),
    sourceHost: host.identity,
    peer,
    signal,
    cipher,
    overwrite,
    line: (text) => progress({ kind: 'line', text }),
    onReport: (report) => progress({ kind: 'report', report }),
    noteHandOver: () =>
      writeRecord(journalPath(host.layout.zoneFolder(zone.name)), {
        ...outgoingJournal(migration, { target, environment }),
        handedOver: true,
      }),
    target: undefined,
    report: undefined,
    handedOver: false,
    continuedAtMs: undefined,
  }
  return migration
}

/**
 * Migrates a zone that does not run: one that is suspended goes on at its next boot on the target, any other boots there
 * as it would here. Until the target has it in writing the zone is this host's; in between it can be booted on neither.
 *
 * @throws ZoneError WRONG_STATE; REFUSED with the report in `details`; those of the phases; HAND_OVER_UNCERTAIN
 */
export async function migrateAtRest(
  host: Host,
  zone: Zone,
  params: Params<'zone/migrate'>,
  operation: ZoneOperation,
  progress: (value: Progress) => void,
): Promise<MigrationSummary> {
  const startedAtMs = performance.now()
  const { target, environment } = params
  zone.requireState('migrate', ['installed', 'running'])
  if (zone.record.suspended?.phase !== 'whole') await recoverSuspension(host, zone)
  await using peer = await host.peers.acquire(target, environment)
  const migration = await restMigration(host, zone, peer, { params, operation, progress })
  const { signal } = migration
  const checking = { context: migration, signal, onBegin: telling(zone), onStuck: stuck(host, zone) }
  const checked = await runPhases(checkPhases(host, zone), checking)
  const moved = await carryOut(host, zone, migration, restPhases, { target, environment })
  return summary(migration, performance.now() - startedAtMs, [...checked, ...moved])
}

async function restingZone(host: Host, zone: Zone, target: string): Promise<MovingZone> {
  const { layout, registry } = host
  const { suspended } = zone.record
  const stored = await registry.config(zone.name)
  if (stored === undefined) throw noSuchZone(zone.name)
  const spec = suspended?.spec ?? (await machineToBoot(host, zone, contractOf(stored.config, zone.name)))
  return {
    name: zone.name,
    uuid: spec.uuid,
    configText: stored.text,
    spec,
    ...(suspended === undefined ? {} : { suspended }),
    readBootFile: (file) => readFile(layout[file](zone.name)),
    ...ownershipOf(host, zone),
    giveUp: () => registry.update(zone, leftFor(target)),
  }
}

function summary(
  { id, kind, source, sourceHost, target, peer, cipher, report }: Migration,
  totalMs: number,
  phases: PhaseTime[],
): MigrationSummary {
  if (report === undefined) throw new Error('A migration that was not checked has no summary')
  return {
    migrationId: id,
    zone: source.name,
    kind,
    source: sourceHost.name,
    target: target?.name ?? peer.uri,
    dryRun: false,
    cipher: cipher ?? 'negotiated',
    report,
    totalMs,
    phases,
    pauseMs: null,
    networkPauseMs: null,
    longestStopMs: null,
    qemuDowntimeMs: null,
    transferredBytes: null,
  }
}
