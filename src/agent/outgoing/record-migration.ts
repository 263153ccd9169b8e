import type { Report } from '../../compat/schema.ts'
import { ZoneError } from '../../errors.ts'
import { messageOf } from '../../util/message-of.ts'
import type { MigrationRecord, MigrationSummary, Params, Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { keepMeasured, measuredBefore } from './measured.ts'
import { kindOf } from './migrate-at-rest.ts'
import { noteMigration } from './migration-ledger.ts'
import { UnderWay } from './under-way.ts'

/** How a migration ended, by the code of its error; any other code means that it failed. */
const outcomes: Readonly<Record<string, MigrationRecord['outcome']>> = {
  REFUSED: 'refused',
  CANCELLED: 'cancelled',
  HAND_OVER_UNCERTAIN: 'uncertain',
  NOT_DETACHED: 'moved',
  TARGET_SILENT: 'moved',
  // The zone is the target's, whatever became of its guest.
  STREAM_BROKEN: 'moved',
  GUEST_LOST: 'moved',
}

/**
 * Runs a migration, shows meanwhile how far it is, and writes down how it ended; a dry run is only run. That it cannot be written down is logged, and is
 * nothing to the migration.
 */
export async function recorded(
  host: Pick<Host, 'layout' | 'identity' | 'log'>,
  zone: Pick<Zone, 'name' | 'running' | 'isSuspended' | 'underWay'>,
  params: Params<'zone/migrate'>,
  progress: (value: Progress) => void,
  migrate: (progress: (value: Progress) => void) => Promise<MigrationSummary>,
): Promise<MigrationSummary> {
  if (params.dryRun) {
    const summary = await migrate(progress)
    keepMeasured(zone.running, summary.report, params)
    return summary
  }
  const startMs = performance.now()
  let report: Report | undefined
  const { type, target, environment } = params
  const begun = {
    schema: 1,
    zone: zone.name,
    kind: type === 'auto' ? kindOf(zone) : type,
    source: host.identity.name,
    targetUri: target,
    by: environment['LOGNAME'] ?? environment['USER'] ?? null,
    startedAt: new Date().toISOString(),
    ...wishesOf(params),
  } as const
  const underWay = new UnderWay(begun.kind, target, startMs)
  zone.underWay = underWay
  try {
    const summary = await migrate((value) => {
      underWay.note(value)
      if (value.kind === 'report') {
        report = value.report
        underWay.expect(measuredBefore(zone.running, report.target, params))
      }
      progress(value)
    })
    const { target: reached, migrationId, pauseMs, networkPauseMs, qemuDowntimeMs } = summary
    const { longestStopMs, transferredBytes, phases, cipher, endingMs, faults } = summary
    const measured = { pauseMs, networkPauseMs, qemuDowntimeMs, longestStopMs, transferredBytes, phases }
    await note({
      outcome: 'moved',
      target: reached,
      migrationId,
      cipher,
      ...measured,
      ...(endingMs === undefined ? {} : { endingMs }),
      ...(faults === undefined ? {} : { faults }),
    })
    return summary
  } catch (error) {
    await note({ ...failure(error), pauseMs: null, transferredBytes: null, phases: [] })
    throw error
  } finally {
    zone.underWay = undefined
  }

  async function note(
    end: Pick<MigrationRecord, 'outcome' | 'pauseMs' | 'transferredBytes' | 'phases'> &
      Partial<MigrationRecord>,
  ): Promise<void> {
    try {
      await noteMigration(host.layout, {
        ...begun,
        target: report?.target ?? null,
        ...rulesOf(report),
        ...(report === undefined ? {} : { report }),
        endedAt: new Date().toISOString(),
        totalMs: performance.now() - startMs,
        ...end,
      })
    } catch (error) {
      host.log(`zone '${zone.name}': the record of its migration cannot be written: ${messageOf(error)}`)
    }
  }
}

/** What was asked for beside the target. */
function wishesOf({
  cipher,
  maxPauseMs,
  maxBytesPerSecond,
  postcopy,
}: Params<'zone/migrate'>): Pick<MigrationRecord, 'cipher' | 'limits'> {
  const limits = {
    ...(maxPauseMs === undefined ? {} : { maxPauseMs }),
    ...(maxBytesPerSecond === undefined ? {} : { maxBytesPerSecond }),
    ...(postcopy === undefined ? {} : { postcopy }),
  }
  return {
    ...(cipher === null ? {} : { cipher }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  }
}

function failure(error: unknown): Pick<MigrationRecord, 'outcome' | 'code' | 'message'> {
  const code = error instanceof ZoneError ? error.code : undefined
  return {
    outcome: outcomes[code ?? ''] ?? 'failed',
    ...(code === undefined ? {} : { code }),
    message: messageOf(error),
  }
}

/** Ids of the rules that refused, and of those that warned; each once. */
function rulesOf(report: Report | undefined): Pick<MigrationRecord, 'refusals' | 'warnings'> {
  const findings = report?.findings ?? []
  const ids = (isWarning: boolean) => [
    ...new Set(findings.filter(({ verdict }) => (verdict === 'warn') === isWarning).map(({ rule }) => rule)),
  ]
  return { refusals: ids(false), warnings: ids(true) }
}
