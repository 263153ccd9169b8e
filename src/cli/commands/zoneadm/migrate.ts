import type { MigrationSummary } from '../../../agent/api.ts'
import type { Report } from '../../../compat/schema.ts'
import { Exit, type ExitCode, ZoneError } from '../../../errors.ts'
import { acceptUnknownOption, explainOption } from '../../check/options.ts'
import { type ZoneContext, zoneCommand } from '../../command.ts'
import { printJson, printLine } from '../../io.ts'
import { MigrationView } from '../../migration-view.ts'
import { operatorEnvironment } from '../../operator-environment.ts'
import { renderMigrationStatus } from '../../render-migration-status.ts'
import { savedFactsPath } from '../../saved-facts-path.ts'
import { parseBandwidth, parsePause } from '../../transfer-limits.ts'
import { unknownName, usageError } from '../../usage-error.ts'

const types = ['auto', 'cold', 'warm', 'live'] as const

interface Request {
  readonly target: string
  readonly type: (typeof types)[number]
  readonly dryRun: boolean
  readonly cipher: string | null
  readonly overwrite: boolean
  readonly maxPauseMs?: number
  readonly maxBytesPerSecond?: number
  readonly postcopy?: boolean
}

export const migrate = zoneCommand({
  name: 'migrate',
  summary: 'Move the zone to another host',
  synopsis: [
    '[-nqw] [-c cipher] [-t auto|cold|warm|live] [--max-pause time] [--bandwidth rate] [--postcopy] [--json] target',
    '-n [-c cipher] [-t auto|live] [--accept-unknown] [--json] facts:file',
    '-n -f file [--source facts:file] [-c cipher] [-t kind] [--accept-unknown] [--json] target',
    '-n --explain rule',
    '-c list target',
    '--cancel',
    '--status [--json]',
    '--recover [-F]',
  ].join(' | '),
  operands: ['target?'],
  options: {
    'dry-run': { type: 'boolean', short: 'n', help: 'only check, and show the report; nothing is moved' },
    quiet: { type: 'boolean', short: 'q', help: 'no progress' },
    cipher: {
      type: 'string',
      short: 'c',
      value: 'cipher',
      help: "for the guest's memory on its way; 'none': in the clear, 'list': show what both hosts have",
    },
    type: {
      type: 'string',
      short: 't',
      value: 'type',
      help: "'auto' (default): by the zone's state; 'live', 'warm', 'cold': only if it runs, is suspended, is down",
    },
    overwrite: {
      type: 'boolean',
      short: 'w',
      help: "replace the target's configuration of the zone with this host's",
    },
    'max-pause': {
      type: 'string',
      value: 'time',
      help: 'how long a running guest may stand still at the end, such as 500ms or 2s; 300ms if not given',
    },
    bandwidth: {
      type: 'string',
      value: 'rate',
      help: "the most that its memory may take of the network, in bytes a second: '100M'",
    },
    postcopy: {
      type: 'boolean',
      help: 'let a guest that cannot be sent otherwise go on there before all of its memory is there: if a host fails then, it is lost',
    },
    json: {
      type: 'boolean',
      help: 'one JSON document: the summary, or the report of a refusal; no progress',
    },
    config: {
      type: 'string',
      short: 'f',
      value: 'file',
      help: "with -n: a configuration, as 'zonecfg export' writes it, in place of the zone's own",
    },
    source: { type: 'string', value: 'facts:file', help: 'with -f: where the zone is; by default this host' },
    cancel: { type: 'boolean', help: 'ask the migration under way to end; the zone stays here' },
    status: {
      type: 'boolean',
      help: 'how far the migration under way is, from either host; also with --json',
    },
    recover: { type: 'boolean', help: 'finish or undo a migration that was interrupted' },
    force: {
      type: 'boolean',
      short: 'F',
      help: 'with --recover: the other host is gone for good and runs nothing, or knows nothing of it any more; settle it here',
    },
    ...acceptUnknownOption,
    ...explainOption,
  },
  details: [
    'The target is ssh://[user@]host[:port]; with -n also facts:FILE, what was saved by',
    '"zoneadm facts --json HOST > FILE". Nothing is moved unless every check passes; if',
    'one does not, the report says why and what to do, and the exit code is 3. Ctrl-C',
    'asks for a cancel; a second one stops waiting.',
  ],

  async run(context, [target], values) {
    const { quiet = false, json = false, cancel = false, recover = false, force = false, cipher } = values
    if (cancel) return await cancelMigration(context, target)
    if (values.status === true) return await showStatus(context, target, json)
    if (recover) return await recoverMigration(context, target, force)
    if (force) throw usageError('-F goes with --recover')
    if (values.explain !== undefined) {
      const { explain } = await import('../../check/explain.ts')
      return explain(context.io, values.explain)
    }
    if (target === undefined) throw usageError('target is missing')
    if (cipher === 'list') return await listCiphers(context, target)
    const type = types.find((candidate) => candidate === (values.type ?? 'auto'))
    if (type === undefined) throw unknownName('type', values.type ?? '', types)
    const request = {
      target,
      type,
      dryRun: values['dry-run'] ?? false,
      cipher: cipher ?? null,
      overwrite: values.overwrite ?? false,
      ...(values.postcopy === true ? { postcopy: true } : {}),
      ...limitsOf(values),
    }
    const acceptsUnknown = values['accept-unknown'] ?? false
    const { config: file, source: place } = values
    if (place !== undefined && file === undefined) throw usageError('--source goes with -f')
    if (file !== undefined && !request.dryRun)
      throw usageError('-f is a plan, and moves nothing: it goes with -n')
    if (savedFactsPath(target) !== undefined || file !== undefined) {
      if (!request.dryRun) throw usageError('facts:FILE is no host to move to: it goes with -n')
      const { checkSaved } = await import('../../check/check-saved.ts')
      return await checkSaved(context, { ...request, file, place, acceptsUnknown, json })
    }
    if (acceptsUnknown) throw usageError('--accept-unknown goes with -n facts:FILE: a host can be asked')
    return json ? await migrateForPrograms(context, request) : await migrateForPeople(context, request, quiet)
  },
})

function limitsOf(values: {
  readonly 'max-pause'?: string | undefined
  readonly bandwidth?: string | undefined
}): Pick<Request, 'maxPauseMs' | 'maxBytesPerSecond'> {
  const { 'max-pause': pause, bandwidth } = values
  return {
    ...(pause === undefined ? {} : { maxPauseMs: parsePause(pause) }),
    ...(bandwidth === undefined ? {} : { maxBytesPerSecond: parseBandwidth(bandwidth) }),
  }
}

async function cancelMigration(
  { program, zone, io, signal, agent }: ZoneContext,
  target: string | undefined,
): Promise<ExitCode> {
  if (target !== undefined) throw usageError('--cancel takes no target')
  const { cancelled } = await (await agent()).call('zone/cancel', { zone }, { signal })
  const asked = cancelled === null ? 'nothing is under way.' : `asked its ${cancelled} to end.`
  printLine(io.stderr, `${program}: zone '${zone}': ${asked}`)
  return Exit.ok
}

async function showStatus(
  { zone, io, signal, agent }: ZoneContext,
  target: string | undefined,
  json: boolean,
): Promise<ExitCode> {
  if (target !== undefined) throw usageError('--status takes no target')
  const status = await (await agent()).call('zone/migration', { zone }, { signal })
  if (json) printJson(io.stdout, status)
  else for (const line of renderMigrationStatus(zone, status)) printLine(io.stdout, line)
  return Exit.ok
}

async function recoverMigration(
  { program, zone, io, signal, agent }: ZoneContext,
  target: string | undefined,
  targetIsGone: boolean,
): Promise<ExitCode> {
  if (target !== undefined) throw usageError('--recover takes no target: the journal names it')
  const params = { zone, environment: operatorEnvironment(), targetIsGone }
  const { lines } = await (await agent()).call('zone/recover', params, { signal })
  for (const line of lines) printLine(io.stderr, `${program}: zone '${zone}': ${line}`)
  return Exit.ok
}

async function listCiphers({ io, signal, agent }: ZoneContext, target: string): Promise<ExitCode> {
  const params = { target, environment: operatorEnvironment() }
  const { ciphers } = await (await agent()).call('zone/ciphers', params, { signal })
  for (const cipher of ciphers) printLine(io.stdout, cipher)
  return Exit.ok
}

async function migrateForPrograms(
  { zone, io, signal, agent }: ZoneContext,
  request: Request,
): Promise<ExitCode> {
  const params = { zone, ...request, environment: operatorEnvironment() }
  try {
    const summary = await (await agent()).call('zone/migrate', params, { signal })
    printJson(io.stdout, summary)
    return exitOf(summary)
  } catch (error) {
    const report = refusal(error)
    if (report === undefined) throw error
    printJson(io.stdout, report)
    return Exit.refused
  }
}

async function migrateForPeople(context: ZoneContext, request: Request, quiet: boolean): Promise<ExitCode> {
  const { program, zone, io, signal } = context
  const { dryRun } = request
  using view = new MigrationView(io, { program, zone, dryRun, quiet })
  const agent = await context.agent()
  const announceCancel = () => view.say('Cancelling. Ctrl-C again stops waiting for it.')
  signal.addEventListener('abort', announceCancel, { once: true })
  try {
    const params = { zone, ...request, environment: operatorEnvironment() }
    const onProgress = view.progress.bind(view)
    const summary = await agent.call('zone/migrate', params, { signal, onProgress })
    view.summary(summary)
    if (signal.aborted && !dryRun) view.say('It was too late to cancel: the zone is on the target host.')
    return exitOf(summary)
  } catch (error) {
    const report = refusal(error)
    if (report !== undefined) view.report(report)
    if (!signal.aborted || !(error instanceof ZoneError) || error.code !== 'CANCELLED') throw error
    view.say(`Migration cancelled. ${await whatIsIntact(context)}`)
    return Exit.interrupted
  } finally {
    signal.removeEventListener('abort', announceCancel)
  }
}

/** What this host says of the zone after a cancel: asked, not assumed. */
async function whatIsIntact({ zone, agent }: ZoneContext): Promise<string> {
  const { zones } = await (await agent()).call('zone/list', {})
  const state = zones.find(({ name }) => name === zone)?.state
  return state === undefined ? 'The zone is not on this host.' : `The zone is ${state} on this host.`
}

function exitOf({ report }: MigrationSummary): ExitCode {
  return report.verdict === 'refuse' ? Exit.refused : Exit.ok
}

/** The report that a refused migration's error carries; zonesd is the same program, so its form is not checked again. */
function refusal(error: unknown): Report | undefined {
  return error instanceof ZoneError && error.code === 'REFUSED'
    ? (error.details as Report | undefined)
    : undefined
}
