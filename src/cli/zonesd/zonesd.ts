import { Exit, type ExitCode } from '../../errors.ts'
import type { HostLayout } from '../../util/host-layout.ts'
import { isZoneName } from '../../zone/schema/zone-name.ts'
import { type CliIo, printLine } from '../io.ts'
import { chosenLayout } from '../lazy-agent.ts'
import { showError } from '../show-error.ts'
import { unknownName, usageError } from '../usage-error.ts'
import { runningAgent } from './running-agent.ts'

const program = 'zonesd'
/** The subcommands of zonesd. */
export const names = [
  'run',
  'dial-stdio',
  'stop',
  'status',
  'boot-zones',
  'shutdown-zones',
  'maintenance',
] as const
const usage = `usage: ${program} run | dial-stdio [zone] | stop [-F] | status | boot-zones | shutdown-zones | maintenance on reason|off|status`

const helpText = `${usage}

The daemon that owns the zones of this host. The first zoneadm starts it; nobody has to.

  run          be the daemon, in the foreground; messages go to stderr
  dial-stdio   connect standard input and output with the daemon, for other hosts by ssh; with the name of a zone that
               goes on here by post-copy, with its machine, for the rest of its memory
  stop         end the daemon and wait until it has ended; the zones go on running. It is refused while an
               operation is under way, such as a migration
    -F         cancel what is under way first
  status       say whether it runs; exit code 1 if not
  boot-zones   boot the zones with autoboot=true, by their boot-priority; suspended ones go on
  shutdown-zones
               end all zones that run, each as its autoshutdown says: shutdown, halt or suspend
  maintenance  on REASON: no zone can migrate to this host; what runs here goes on
               off: they can again; status: say which and why; exit code 1 if off

KZ_ROOT names the folder that holds the host (default: /).
`

/** The command zonesd. */
export async function runZonesd(argv: readonly string[], io: CliIo, signal: AbortSignal): Promise<ExitCode> {
  try {
    const [word, ...args] = argv
    if (word === '--help' || word === 'help') {
      io.stdout.write(helpText)
      return Exit.ok
    }
    if (word === undefined) throw usageError('a subcommand is missing')
    const name = names.find((candidate) => candidate === word)
    if (name === undefined) throw unknownName('subcommand', word, names)
    return await subcommands[name](chosenLayout(undefined), io, signal, args)
  } catch (error) {
    return showError(error, io, { program, zone: undefined, usage, json: false })
  }
}

function requireZoneName(given: string): string {
  if (isZoneName(given)) return given
  throw usageError(`"${given}" is not the name of a zone`)
}

function requireNone(args: readonly string[]): void {
  if (args[0] !== undefined) throw usageError(`unexpected argument "${args[0]}"`)
}

type Subcommand = (
  layout: HostLayout,
  io: CliIo,
  signal: AbortSignal,
  args: readonly string[],
) => Promise<ExitCode>

const subcommands: Readonly<Record<(typeof names)[number], Subcommand>> = {
  async run(layout, _, signal, args) {
    requireNone(args)
    const { runAgent } = await import('../../agent/run-agent.ts')
    await runAgent(layout, signal)
    // Its lock is gone, and another zonesd may own the zones: what still waits for something here must not go on.
    process.exit(Exit.ok)
  },

  async 'dial-stdio'(layout, _, signal, args) {
    const [zone, ...more] = args
    requireNone(more)
    // It holds nothing that could be lost: the operation goes on in the daemon.
    signal.addEventListener('abort', () => process.exit(Exit.interrupted), { once: true })
    const { dialRest, dialStdio } = await import('../../agent/dial-stdio.ts')
    await (zone === undefined ? dialStdio(layout) : dialRest(layout, requireZoneName(zone)))
    return Exit.ok
  },

  async stop(layout, io, signal, args) {
    const isForce = args[0] === '-F' || args[0] === '--force'
    requireNone(isForce ? args.slice(1) : args)
    const { stop } = await import('./stop.ts')
    return await stop(layout, io, signal, isForce)
  },

  async status(layout, io, signal, args) {
    requireNone(args)
    await using client = await runningAgent(layout)
    if (client === undefined) {
      printLine(io.stdout, 'zonesd does not run')
      return Exit.failed
    }
    const { version, pid, host } = await client.call('host/hello', {}, { signal })
    printLine(io.stdout, `zonesd ${version} runs as process ${pid} on host ${host.name} (${host.id})`)
    return Exit.ok
  },

  async 'boot-zones'(layout, io, signal, args) {
    requireNone(args)
    const { zonesWithHost } = await import('./zones-with-host.ts')
    return await zonesWithHost('host/boot-zones', layout, io, signal)
  },

  async 'shutdown-zones'(layout, io, signal, args) {
    requireNone(args)
    const { zonesWithHost } = await import('./zones-with-host.ts')
    return await zonesWithHost('host/shutdown-zones', layout, io, signal)
  },

  async maintenance(layout, io, _, args) {
    const { maintenance } = await import('./maintenance.ts')
    return await maintenance(layout, io, args)
  },
}
