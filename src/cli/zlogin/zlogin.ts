import { Exit, type ExitCode, ZoneError } from '../../errors.ts'
import type { CliIo } from '../io.ts'
import { type Connect, chosenLayout, LazyAgent } from '../lazy-agent.ts'
import { helpOption, readOptions } from '../read-options.ts'
import { showError } from '../show-error.ts'
import { usageError } from '../usage-error.ts'
import { runConsoleSession } from './console-session.ts'

const program = 'zlogin'
const usage = 'usage: zlogin -C [-E | -e char] zone'

const options = {
  console: { type: 'boolean', short: 'C', help: '' },
  'no-escape': { type: 'boolean', short: 'E', help: '' },
  escape: { type: 'string', short: 'e', help: '' },
  ...helpOption,
} as const

const helpText = `${usage}

Connect to the console of a running zone.

  -C, --console     the console; this release offers nothing else
  -e, --escape char the character that begins the escape (default: ~)
  -E, --no-escape   no escape: the console is left when the input or the zone ends
      --help        show this text

The escape character and a period at the beginning of a line leave the console; typed twice, the character is sent once.
`

/**
 * The command zlogin(1), for the console.
 *
 * @param argv without the name of the program
 * @returns the exit code; an error has been shown on stderr
 */
export async function runZlogin(
  argv: readonly string[],
  io: CliIo,
  signal: AbortSignal,
  connect?: Connect,
): Promise<ExitCode> {
  let zone: string | undefined
  try {
    const { values, operands } = readOptions(argv, options)
    if (values.help === true) {
      io.stdout.write(helpText)
      return Exit.ok
    }
    zone = operands[0]
    if (zone === undefined) throw usageError('zone is missing')
    if (values.console !== true) throw onlyConsole(zone)
    if (operands[1] !== undefined) throw usageError('with -C no command can be given')
    const escape = values['no-escape'] === true ? undefined : (values.escape ?? '~')
    if (escape !== undefined && !/^[\x20-\x7e]$/.test(escape)) {
      throw usageError(`"${escape}" is not one printable ASCII character`)
    }
    const socketPath = await consoleSocket(zone, signal, connect)
    await runConsoleSession(io, { zone, socketPath, escape, signal })
    return signal.aborted ? Exit.interrupted : Exit.ok
  } catch (error) {
    return showError(error, io, { program, zone, usage, json: false })
  }
}

async function consoleSocket(
  zone: string,
  signal: AbortSignal,
  connect: Connect | undefined,
): Promise<string> {
  await using agent = new LazyAgent(chosenLayout(undefined), signal, connect)
  const { socket } = await (await agent.get()).call('zone/console', { zone }, { signal })
  return socket
}

/** A kernel zone runs its own kernel: the host can look at its console, but has no way to start a shell in it. */
function onlyConsole(zone: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': this release logs in on the console alone, not with a shell of its own`,
    {
      code: 'NOT_IN_THIS_RELEASE',
      remedy: `zlogin -C ${zone}, or ssh to the address of the guest`,
      exit: Exit.usage,
    },
  )
}
