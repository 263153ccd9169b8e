import { zonecfg } from '../../compat/commands.ts'
import { judge, kindsByMerit } from '../../compat/judge.ts'
import { newStorage } from '../../compat/remedies.ts'
import type { Kind, Report } from '../../compat/schema.ts'
import { cipherWish } from '../../compat/subject.ts'
import { Exit, type ExitCode, ZoneError } from '../../errors.ts'
import type { ZoneContext } from '../command.ts'
import { printJson, printLine } from '../io.ts'
import { renderReport } from '../report/render-report.ts'
import { askHosts } from './ask-hosts.ts'
import { findSubjects } from './find-subjects.ts'
import { ageNote, isUntold, unknownHint } from './offline-notes.ts'

export interface SavedRequest {
  /** `facts:FILE`; for a configuration from a file also a host to ask. */
  readonly target: string
  /** The zone's configuration, if it is not that of this host. */
  readonly file?: string | undefined
  /** `facts:FILE` of the host where that zone is; undefined: this host. */
  readonly place?: string | undefined
  readonly type: 'auto' | Kind
  /** `none`: in the clear. */
  readonly cipher: string | null
  readonly overwrite: boolean
  readonly postcopy?: boolean
  readonly maxPauseMs?: number
  readonly acceptsUnknown: boolean
  readonly json: boolean
}

/**
 * The dry run of which only saved facts are there of the target, or only a file of the zone: the kind of migration is that of
 * the zone's state, and of a file the best one.
 */
export async function checkSaved(context: ZoneContext, request: SavedRequest): Promise<ExitCode> {
  const { program, zone, io, signal, agent } = context
  const { target, file, place, type, cipher, overwrite, postcopy, maxPauseMs, acceptsUnknown, json } = request
  const wanted = { zones: [zone], all: false, files: file === undefined ? undefined : [file], place }
  const { source, subjects } = await findSubjects(context, wanted)
  const [host] = await askHosts([target], subjects, { io, signal, agent })
  const [subject] = subjects
  if (subject === undefined || host === undefined || !('target' in host)) {
    throw new Error(`The facts of "${target}" were neither read nor refused`)
  }
  const kind = kindsByMerit.find((candidate) => subject.forms[candidate] !== undefined)
  if (kind === undefined) throw unusable(zone, subject.problem)
  const { reports } = judge(subject, source, host.target, {
    kinds: [type === 'auto' ? kind : type],
    ...cipherWish(cipher),
    overwrite,
    ...(postcopy === undefined ? {} : { postcopy }),
    ...(maxPauseMs === undefined ? {} : { maxPauseMs }),
    acceptsUntold: acceptsUnknown,
  })
  const [report] = reports
  if (report === undefined) {
    if (type === 'warm' && file !== undefined && subject.forms.live !== undefined) throw noImage(zone)
    throw new ZoneError(`zone '${zone}': is ${subject.state}, which does not fit 'migrate -t ${type}'`, {
      code: 'WRONG_STATE',
      remedy: 'Leave -t away: the kind follows from the state',
    })
  }
  const say = (text: string) => printLine(io.stderr, `${program}: zone '${zone}': ${text}`)
  if (source.isSaved) say(ageNote(source.facts))
  if (host.target.configurations === null) say(ageNote(host.target.facts))
  if (json) printJson(io.stdout, report)
  else io.stdout.write(renderReport(report, { colour: io.stdout.isTTY === true && !process.env['NO_COLOR'] }))
  if (report.findings.some((finding) => isUntold(unknownOf(finding)))) say(unknownHint)
  return report.verdict === 'refuse' ? Exit.refused : Exit.ok
}

function unknownOf({ verdict, property }: Report['findings'][number]) {
  return verdict === 'unknown' ? { unknown: property } : {}
}

function unusable(zone: string, problem = 'there is nothing to be moved'): ZoneError {
  return new ZoneError(`zone '${zone}': ${problem}`, { code: 'CONFIG_UNUSABLE' })
}

function noImage(zone: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': the configuration has no suspend resource, and its guest cannot be suspended`,
    {
      code: 'NO_SUSPEND',
      remedy: `Add one: ${zonecfg(zone, `add suspend; set storage=${newStorage}; end`)}`,
    },
  )
}
