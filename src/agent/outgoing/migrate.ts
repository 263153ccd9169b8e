import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../../errors.ts'
import { endingMs } from '../../migration/ending.ts'
import { journalPath } from '../../migration/journal.ts'
import type { LiveMigration } from '../../migration/live-migration.ts'
import type { Peer } from '../../migration/peer.ts'
import { runPhases } from '../../migration/phase.ts'
import { checkPhases, movePhases } from '../../migration/phases/index.ts'
import type { MigrationSummary, Params, Progress } from '../api.ts'
import type { Host } from '../host.ts'
import { type Place, withMovedDisks } from '../storage-move/commit.ts'
import type { RunningZone, Zone, ZoneOperation } from '../zone.ts'
import { writeRecord } from '../zone-record.ts'
import { carryOut, outgoingJournal, stuck, telling, whileConnected } from './carry-out.ts'
import { checkStopped } from './check-stopped.ts'
import { drainZone } from './drain-zone.ts'
import { lastEndingsMs } from './last-endings.ts'
import { migrateAtRest, requireType } from './migrate-at-rest.ts'
import { sourceZone } from './source-zone.ts'

/** A guest that would pause for longer than is allowed goes on here; the next time the hosts may be less busy. */
const mostAttempts = 3
const betweenAttemptsMs = 1_000

/**
 * Migrates a zone to another host, by the kind that fits its state, or only checks whether that would go. Where the pause would be longer than
 * is allowed, the guest goes on here and the whole is done anew, check and all, three times at most.
 *
 * @param planned disks that will be on other storage by then; only for a check
 */
export async function migrateZone(
  host: Host,
  zone: Zone,
  params: Params<'zone/migrate'>,
  operation: ZoneOperation,
  progress: (value: Progress) => void,
  planned: readonly Place[] = [],
): Promise<MigrationSummary> {
  const startedAtMs = performance.now()
  requireType(zone, params.type)
  if (zone.running === undefined) {
    const idle = idleOptions(params)
    if (idle.length > 0)
      progress({ kind: 'line', text: `The zone does not run: without effect: ${idle.join(', ')}.` })
    return params.dryRun
      ? checkStopped(host, zone, params, operation, progress, planned)
      : migrateAtRest(host, zone, params, operation, progress)
  }
  const running = withMovedDisks(zone.requireRunning('migrate'), planned)
  const { signal } = operation.controller
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await migrateRunning(host, zone, { params, running, operation, progress, startedAtMs })
    } catch (error) {
      if (!(error instanceof ZoneError) || error.code !== 'PAUSE_TOO_LONG' || attempt === mostAttempts)
        throw error
      const text = `${error.message}. Trying again (${attempt + 1} of ${mostAttempts}).`
      progress({ kind: 'line', text })
      host.log(`zone '${zone.name}': ${text}`)
      await sleep(betweenAttemptsMs, undefined, { signal }).catch(() => undefined)
      signal.throwIfAborted()
    }
  }
}

interface Attempt {
  readonly params: Params<'zone/migrate'>
  readonly running: RunningZone
  readonly operation: ZoneOperation
  readonly progress: (value: Progress) => void
  /** When the migration was asked for, on the clock of `performance.now()`. */
  readonly startedAtMs: number
}

/**
 * A live migration of a zone that is about to begin.
 *
 * @param attempt what was asked for; the operation's signal, and the end of the conversation with the target, end it
 */
export function liveMigration(
  host: Host,
  zone: Zone,
  peer: Peer,
  { params, running, operation, progress }: Omit<Attempt, 'startedAtMs'>,
): LiveMigration {
  const { target, environment, dryRun, cipher, overwrite, postcopy = false } = params
  const way = { target, environment, postcopy }
  const line = (text: string) => progress({ kind: 'line', text })
  const onMemory: LiveMigration['onMemory'] = (memory) => progress({ kind: 'transfer', ...memory })
  const id = randomUUID()
  const migration: LiveMigration = {
    id,
    kind: 'live',
    operationId: operation.id,
    source: sourceZone(host, zone, running, peer.uri),
    sourceHost: host.identity,
    peer,
    signal: whileConnected(peer, operation.controller.signal, 'the zone goes on running here'),
    cipher,
    overwrite,
    // Nothing is written to a disk while the guest stands still: whether it was handed over is asked of QEMU.
    noteHandOver: async () => undefined,
    foretell: dryRun,
    lastEndingsMs: (where) => lastEndingsMs(host.layout, where),
    maxPauseMs: params.maxPauseMs,
    maxBytesPerSecond: params.maxBytesPerSecond,
    line,
    onReport: (report) => progress({ kind: 'report', report }),
    postcopy,
    drain: () => {
      const { streamUri } = migration
      return drainZone(host, zone, { migrationId: id, ...way, streamUri }, { line, onProgress: onMemory })
    },
    onMemory,
    noteWay: (streamUri) =>
      writeRecord(journalPath(host.layout.zoneFolder(zone.name)), {
        ...outgoingJournal(migration, way),
        streamUri,
      }),
    target: undefined,
    report: undefined,
    streamUri: undefined,
    sent: undefined,
    guestLost: undefined,
    faults: undefined,
    heardThereAtMs: undefined,
    handedOver: false,
    continuedAtMs: undefined,
  }
  return migration
}

/** Goes all the way once, with a guest that runs. */
async function migrateRunning(host: Host, zone: Zone, attempt: Attempt): Promise<MigrationSummary> {
  const { params, running, startedAtMs } = attempt
  const { target, environment, dryRun, postcopy = false } = params
  await using peer = await host.peers.acquire(target, environment)
  const migration = liveMigration(host, zone, peer, attempt)
  const isBooted = (await host.registry.config(zone.name))?.text === running.record.configText
  if (!isBooted) {
    migration.line('The stored configuration has changes that were not booted; they stay on this host.')
  }
  const { signal } = migration
  const run = { context: migration, signal, onBegin: telling(zone), onStuck: stuck(host, zone) }
  const checked = await runPhases(checkPhases, run)
  if (dryRun) {
    return summary(migration, { startedAtMs, phases: checked, dryRun })
  }
  const moved = await carryOut(host, zone, migration, movePhases, { target, environment, postcopy })
  if (migration.guestLost !== undefined) throw migration.guestLost
  return summary(migration, { startedAtMs, phases: [...checked, ...moved], dryRun })
}

/** What was asked for that only the memory of a running guest has to do with. */
function idleOptions({ maxPauseMs, maxBytesPerSecond, postcopy }: Params<'zone/migrate'>): string[] {
  return [
    ...(maxPauseMs === undefined ? [] : ['--max-pause']),
    ...(maxBytesPerSecond === undefined ? [] : ['--bandwidth']),
    ...(postcopy === true ? ['--postcopy'] : []),
  ]
}

interface SummaryParts {
  readonly startedAtMs: number
  readonly phases: MigrationSummary['phases']
  readonly dryRun: boolean
}

function summary(migration: LiveMigration, { startedAtMs, phases, dryRun }: SummaryParts): MigrationSummary {
  const { sent, continuedAtMs, report, faults, heardThereAtMs } = migration
  const sinceStop = (ms: number | undefined) =>
    sent === undefined || ms === undefined ? null : ms - sent.stoppedAtMs
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
    pauseMs: sinceStop(continuedAtMs),
    networkPauseMs: sinceStop(heardThereAtMs),
    longestStopMs: sent?.longestStopMs ?? null,
    qemuDowntimeMs: sent?.qemuDowntimeMs ?? null,
    ...(sent?.ending === undefined || continuedAtMs === undefined || !sent.isComplete
      ? {}
      : { endingMs: endingMs(sent.ending, continuedAtMs) }),
    transferredBytes: sent?.transferredBytes ?? null,
    ...(faults === undefined ? {} : { faults: [...faults] }),
  }
}
