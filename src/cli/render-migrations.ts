import type { MigrationRecord } from '../agent/api.ts'
import { formatTime } from './format-quantity.ts'

const heads = ['TIME', 'ZONE', 'KIND', 'FROM', 'TO', 'BY', 'DURATION', 'PAUSE', 'OUTCOME'] as const
const gap = '  '

/** `zoneadm migrations`: a line each, as wide as what is in it; what is not known is a dash. */
export function renderMigrations(records: readonly MigrationRecord[]): string[] {
  const rows = [heads, ...records.map(cells)]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(gap)
      .trimEnd(),
  )
}

function cells(record: MigrationRecord): string[] {
  const { startedAt, zone, kind, source, target, targetUri, by, totalMs, pauseMs } = record
  return [
    startedAt.replace(/\.\d+Z$/, 'Z'),
    zone,
    kind,
    source,
    target ?? targetUri,
    by ?? '-',
    formatTime(totalMs),
    pauseMs === null ? '-' : formatTime(pauseMs),
    outcomeOf(record),
  ]
}

function outcomeOf({ direction, outcome, code, refusals, faults = [] }: MigrationRecord): string {
  if (outcome === 'refused') return `refused: ${refusals.join(', ')}`
  if (faults.length > 0) return `${outcome}, but ${faults.join('; ')}`
  const words = direction === 'in' && outcome === 'moved' ? 'arrived' : outcome
  return code === undefined || !['failed', 'moved'].includes(outcome) ? words : `${words}: ${code}`
}
