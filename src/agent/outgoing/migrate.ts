import { randomUUID } from 'node:crypto'
import { ZoneError } from '../../errors.ts'
import { journalPath, type OutgoingJournal, removeJournal } from '../../migration/journal.ts'
import type { LiveMigration } from '../../migration/live-migration.ts'
import { runPhases } from '../../migration/phase.ts'
import { checkPhases, movePhases } from '../../migration/phases/index.ts'
import type { MigrationSummary, Params, Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { Zone, ZoneOperation } from '../zone.ts'
import { writeRecord } from '../zone-record.ts'
import { settle, targetLost } from './settle.ts'
import { sourceZone } from './source-zone.ts'

const aliveIntervalMs = 10_000
/** How long to go on asking a target that was lost in the moment of the switch-over. */
const settleTimeoutMs = 20_000

/** Migrates a running zone to another host, or only checks whether that would go. */
export async function migrateZone(
  host: Host,
  zone: Zone,
  params: Params<'zone/migrate'>,
  operation: ZoneOperation,
  progress: (value: Progress) => void,
): Promise<MigrationSummary> {
  const startedAtMs = performance.now()
  const { target, environment, dryRun, cipher } = params
  const running = zone.requireRunning('migrate')
  await using peer = await host.peers.acquire(target, environment)
  const lost = new AbortController()
  void peer.closed.then(() => lost.abort(connectionLost(peer.uri)))
  const signal = AbortSignal.any([operation.controller.signal, lost.signal])
  const migration: LiveMigration = {
    id: randomUUID(),
    operationId: operation.id,
    source: sourceZone(host, zone, running, peer.uri),
    sourceHost: host.identity,
    peer,
    signal,
    cipher,
    line: (text) => progress({ kind: 'line', text }),
    onReport: (report) => progress({ kind: 'report', report }),
    onMemory: (memory) => progress({ kind: 'transfer', ...memory }),
    target: undefined,
    report: undefined,
    compression: 'none',
    streamUri: undefined,
    sent: undefined,
    handedOver: false,
    continuedAtMs: undefined,
  }
  if ((await host.registry.config(zone.name))?.text !== running.record.configText) {
    migration.line('The stored configuration has changes that were not booted; they stay on this host.')
  }
  const run = { context: migration, signal, onStuck: stuck(host, zone) }
  const checked = await runPhases(checkPhases, run)
  if (dryRun) {
    migration.line('Dry-run migration successful.')
    return summary(migration, { startedAtMs, phases: checked, dryRun })
  }
  const journal: OutgoingJournal = {
    schema: 1,
    direction: 'out',
    migrationId: migration.id,
    zone: zone.name,
    target,
    environment,
  }
  await writeRecord(journalPath(host.layout.zoneFolder(zone.name)), journal)
  zone.moving = 'migrating-out'
  const alive = setInterval(() => {
    void peer.call('peer/alive', { migrationId: migration.id }).catch(() => undefined)
  }, aliveIntervalMs)
  try {
    const moved = await runPhases(movePhases, run)
    await finish(host, zone)
    host.log(`zone '${zone.name}': migrated to ${peer.uri} by migration ${migration.id}`)
    return summary(migration, { startedAtMs, phases: [...checked, ...moved], dryRun })
  } catch (error) {
    if (!migration.handedOver) {
      await finish(host, zone)
      throw error
    }
    const where = await settle(
      host,
      zone,
      { migrationId: migration.id, target, environment },
      settleTimeoutMs,
    )
    await finish(host, zone)
    if (where === 'lost') throw targetLost(zone.name, peer.uri)
    if (where === 'here') throw error
    return summary(migration, { startedAtMs, phases: checked, dryRun })
  } finally {
    clearInterval(alive)
  }
}

/** Without a conversation with the target nothing can be handed over: the transfer ends at once. */
function connectionLost(target: string): ZoneError {
  return new ZoneError(`Lost the connection to ${target}; the zone goes on running here`, {
    code: 'TARGET_UNREACHABLE',
    remedy: 'Try again once it can be reached',
  })
}

/** The migration is over, one way or the other. */
export async function finish(host: Host, zone: Zone): Promise<void> {
  zone.moving = undefined
  await removeJournal(host.layout.zoneFolder(zone.name))
}

function stuck(host: Host, zone: Zone) {
  return (phase: string, error: unknown) => {
    const words = error instanceof ZoneError ? error.message : String(error)
    host.log(`zone '${zone.name}': undoing "${phase}" failed: ${words}`)
  }
}

interface SummaryParts {
  readonly startedAtMs: number
  readonly phases: MigrationSummary['phases']
  readonly dryRun: boolean
}

function summary(migration: LiveMigration, { startedAtMs, phases, dryRun }: SummaryParts): MigrationSummary {
  const { sent, continuedAtMs, report } = migration
  if (report === undefined) throw new Error('A migration that was not checked has no summary')
  return {
    migrationId: migration.id,
    zone: migration.source.name,
    kind: 'live',
    source: migration.sourceHost.name,
    target: migration.target?.name ?? migration.peer.uri,
    dryRun,
    cipher: migration.cipher ?? 'negotiated',
    report,
    totalMs: performance.now() - startedAtMs,
    phases,
    pauseMs: sent === undefined || continuedAtMs === undefined ? null : continuedAtMs - sent.stoppedAtMs,
    qemuDowntimeMs: sent?.qemuDowntimeMs ?? null,
    transferredBytes: sent?.transferredBytes ?? null,
  }
}
