import type { AgentClient } from '../../agent/client.ts'
import { Exit, type ExitCode } from '../../errors.ts'
import type { HostLayout } from '../../util/host-layout.ts'
import { type CliIo, printLine } from '../io.ts'
import { chosenLayout } from '../lazy-agent.ts'
import { showError } from '../show-error.ts'
import { unknownName, usageError } from '../usage-error.ts'

const program = 'zonesd'
const names = ['run', 'dial-stdio', 'stop', 'status'] as const
const usage = `usage: ${program} ${names.join(' | ')}`

const helpText = `${usage}

The daemon that owns the zones of this host. The first zoneadm starts it; nobody has to.

  run         be the daemon, in the foreground; messages go to stderr
  dial-stdio  connect standard input and output with the daemon, for other hosts by ssh
  stop        end the daemon; the zones go on running
  status      say whether it runs; exit code 1 if not

KZ_ROOT names the folder that holds the host (default: /).
`

/** The command zonesd. */
export async function runZonesd(argv: readonly string[], io: CliIo, signal: AbortSignal): Promise<ExitCode> {
  try {
    const [word, surplus] = argv
    if (word === '--help' || word === 'help') {
      io.stdout.write(helpText)
      return Exit.ok
    }
    if (word === undefined) throw usageError('a subcommand is missing')
    const name = names.find((candidate) => candidate === word)
    if (name === undefined) throw unknownName('subcommand', word, names)
    if (surplus !== undefined) throw usageError(`unexpected argument "${surplus}"`)
    return await subcommands[name](chosenLayout(undefined), io, signal)
  } catch (error) {
    return showError(error, io, { program, zone: undefined, usage, json: false })
  }
}

type Subcommand = (layout: HostLayout, io: CliIo, signal: AbortSignal) => Promise<ExitCode>

const subcommands: Readonly<Record<(typeof names)[number], Subcommand>> = {
  async run(layout, _, signal) {
    const { runAgent } = await import('../../agent/run-agent.ts')
    await runAgent(layout, signal)
    return Exit.ok
  },

  async 'dial-stdio'(layout, _, signal) {
    // It holds nothing that could be lost: the operation goes on in the daemon.
    signal.addEventListener('abort', () => process.exit(Exit.interrupted), { once: true })
    const { dialStdio } = await import('../../agent/dial-stdio.ts')
    await dialStdio(layout)
    return Exit.ok
  },

  async stop(layout, io, signal) {
    await using client = await running(layout)
    if (client === undefined) {
      printLine(io.stdout, 'zonesd does not run')
      return Exit.ok
    }
    await client.call('host/stop', {}, { signal })
    return Exit.ok
  },

  async status(layout, io, signal) {
    await using client = await running(layout)
    if (client === undefined) {
      printLine(io.stdout, 'zonesd does not run')
      return Exit.failed
    }
    const { version, pid, host } = await client.call('host/hello', {}, { signal })
    printLine(io.stdout, `zonesd ${version} runs as process ${pid} on host ${host.name} (${host.id})`)
    return Exit.ok
  },
}

/** Connects if zonesd runs; does not start it. */
async function running(layout: HostLayout): Promise<AgentClient | undefined> {
  const { connectUnix } = await import('../../transport/unix.ts')
  const socket = await connectUnix(layout.socket)
  if (socket === undefined) return undefined
  const { AgentClient } = await import('../../agent/client.ts')
  return new AgentClient(socket)
}
