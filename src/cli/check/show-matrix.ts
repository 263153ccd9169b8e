import type { Matrix, MatrixCell } from '../../compat/matrix.ts'
import type { Report } from '../../compat/schema.ts'
import { Exit, type ExitCode } from '../../errors.ts'
import { type CliIo, printJson } from '../io.ts'
import { renderMatrix } from '../report/render-matrix.ts'
import { renderReport } from '../report/render-report.ts'
import { isUntold, unknownHint } from './offline-notes.ts'

export interface ShowOptions {
  readonly why: boolean
  readonly json: boolean
  /** Shows a line that is not part of the result. */
  readonly say: (text: string) => void
}

/** Shows a matrix: of one zone and one host the whole report, of more a table and with `why` the reports after it. */
export function showMatrix(io: CliIo, matrix: Matrix, { why, json, say }: ShowOptions): void {
  const cells = cellsOf(matrix)
  const reports = cells.flatMap((cell) => cell.reports ?? [])
  if (json) {
    printJson(io.stdout, matrixToJson(matrix, why))
    return
  }
  const colour = io.stdout.isTTY === true && !process.env['NO_COLOR']
  const columns = io.stdout.columns ?? 80
  const isSingle = matrix.rows.length === 1 && matrix.hosts.length === 1 && reports.length > 0
  const shown = isSingle ? (why ? reports : mainReports(reports)) : why ? reports.filter(isOfInterest) : []
  const parts = [
    ...(isSingle ? [] : [renderMatrix(matrix, { colour, columns })]),
    ...shown.map((report) => renderReport(report, { colour })),
  ]
  io.stdout.write(parts.join('\n'))
  const reasons = cells.flatMap(({ reason }) => reason ?? [])
  if (reasons.some(isUntold)) say(unknownHint)
  if (!isSingle && !why && reasons.length > 0) {
    say('all reasons and what to do: add --why; about a rule: --explain RULE')
  }
}

/** That of the best kind, and of another if that one passes. */
function mainReports(reports: readonly Report[]): Report[] {
  return reports.filter(({ verdict }, index) => index === 0 || verdict === 'pass')
}

/** Of refusals and warnings; what passed without a word is in the table. */
function isOfInterest({ findings }: Report): boolean {
  return findings.length > 0
}

/** 3 if a zone cannot move to a host, 1 if a host could not be asked, else 0. */
export function exitOfMatrix(matrix: Matrix): ExitCode {
  const verdicts = new Set(cellsOf(matrix).map(({ can }) => can))
  if (verdicts.has('no')) return Exit.refused
  return verdicts.has('unknown') ? Exit.failed : Exit.ok
}

function cellsOf({ rows }: Matrix): MatrixCell[] {
  return rows.flatMap((row) => row.cells)
}

/** The matrix as programs read it: no facts, and each cell with the URI of its host. */
function matrixToJson({ source, hosts, rows }: Matrix, withReports: boolean): object {
  return {
    schema: 1,
    source,
    hosts: hosts.map((host) =>
      'unreachable' in host
        ? { uri: host.uri, name: host.name, unreachable: host.unreachable }
        : {
            uri: host.uri,
            name: host.name,
            gatheredAt: host.target.facts.gatheredAt,
            isSaved: host.target.configurations === null,
          },
    ),
    zones: rows.map(({ zone, state, auxiliary, cells }) => ({
      name: zone,
      state,
      auxiliary,
      hosts: cells.map(({ reports, ...cell }, index) => ({
        uri: hosts[index]?.uri,
        ...cell,
        ...(withReports ? { reports } : {}),
      })),
    })),
  }
}
