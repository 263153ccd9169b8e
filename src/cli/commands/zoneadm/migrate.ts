import type { MigrationSummary } from '../../../agent/api.ts'
import { savedFactsPath } from '../../../compat/saved-facts-path.ts'
import type { Report } from '../../../compat/schema.ts'
import { Exit, type ExitCode, ZoneError } from '../../../errors.ts'
import { acceptUnknownOption, explainOption } from '../../check/options.ts'
import { type ZoneContext, zoneCommand } from '../../command.ts'
import { printJson } from '../../io.ts'
import { MigrationView } from '../../migration-view.ts'
import { operatorEnvironment } from '../../operator-environment.ts'
import { readSuri } from '../../read-suri.ts'
import { parseBandwidth, parsePause } from '../../transfer-limits.ts'
import { unknownName, usageError } from '../../usage-error.ts'
import { cancelMigration, listCiphers, recoverMigration, showStatus } from './migration-under-way.ts'

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
  readonly newStorage?: string[]
}

export const migrate = zoneCommand({
  name: 'migrate',
  summary: 'Move the zone to another host',
  synopsis: [
    '[-nqw] [-c cipher] [-t auto|cold|warm|live] [--with-storage URI…] [--max-pause time] [--bandwidth rate] [--postcopy] [--json] target',
    '-n [-w] [-c cipher] [-t auto|live] [--max-pause time] [--postcopy] [--accept-unknown] [--json] facts:file',
    '-n -f file [--source facts:file] [-w] [-c cipher] [-t kind] [--max-pause time] [--postcopy] [--accept-unknown] [--json] target',
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
    'with-storage': {
      type: 'string',
      multiple: true,
      value: 'URI',
      help: 'first move a local disk to this storage, which both hosts reach; one for each local disk, the boot disks first',
    },
    'max-pause': {
      type: 'string',
      value: 'time',
      help: 'how long a running guest may stand still at most, such as 500ms or 2s; if not given, 300ms are aimed at',
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
    'With --with-storage the local disks are moved first, as by "zoneadm move". Whether the zone could go is checked before that,',
    'with the new storage; if the migration fails after it, the disks go back. The old storage stays as it is.',
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
    for (const option of ['max-pause', 'bandwidth', 'postcopy'] as const) {
      if (values[option] !== undefined && (type === 'cold' || type === 'warm'))
        throw usageError(`--${option} is for a guest that runs, and goes with -t live or auto`)
    }
    const request = {
      target,
      type,
      dryRun: values['dry-run'] ?? false,
      cipher: cipher ?? null,
      overwrite: values.overwrite ?? false,
      ...(values.postcopy === true ? { postcopy: true } : {}),
      ...(values['with-storage'] === undefined ? {} : { newStorage: values['with-storage'].map(readSuri) }),
      ...limitsOf(values),
    }
    const acceptsUnknown = values['accept-unknown'] ?? false
    const { config: file, source: place } = values
    if (place !== undefined && file === undefined) throw usageError('--source goes with -f')
    if (file !== undefined && !request.dryRun)
      throw usageError('-f is a plan, and moves nothing: it goes with -n')
    if (savedFactsPath(target) !== undefined || file !== undefined) {
      if (!request.dryRun) throw usageError('facts:FILE is no host to move to: it goes with -n')
      if (request.newStorage !== undefined) throw usageError('--with-storage goes with a host as the target')
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
    // Here by Ctrl-C, or in another terminal.
    if (!(error instanceof ZoneError) || error.code !== 'CANCELLED') throw error
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
