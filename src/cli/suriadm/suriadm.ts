import { Exit, type ExitCode } from '../../errors.ts'
import { kzoneVersion } from '../../util/version.ts'
import type { Command } from '../command.ts'
import { type CliIo, printLine } from '../io.ts'
import { type Connect, chosenLayout, LazyAgent } from '../lazy-agent.ts'
import { renderCommandHelp, usageLine } from '../render-help.ts'
import { showError } from '../show-error.ts'
import { usageError } from '../usage-error.ts'
import { readGlobalOptions } from '../zoneadm-options.ts'
import { suriadmCommands, suriadmUsage } from './commands.ts'

const program = 'suriadm'

/**
 * The command suriadm(8).
 *
 * @param argv without the name of the program
 * @param signal aborted by Ctrl-C
 * @param connect how to reach zonesd
 * @returns the exit code; an error has been shown on stderr
 */
export async function runSuriadm(
  argv: readonly string[],
  io: CliIo,
  signal: AbortSignal,
  connect?: Connect,
): Promise<ExitCode> {
  let command: Command | undefined
  try {
    const { name, args, root, zone, uuid, version } = readGlobalOptions(argv)
    if (version) {
      printLine(io.stdout, `kzone ${kzoneVersion}`)
      return Exit.ok
    }
    if (zone !== undefined || uuid !== undefined) throw usageError('options -z and -u belong to zoneadm')
    command = suriadmCommands.find(name)
    const layout = chosenLayout(root)
    await using agent = new LazyAgent(layout, signal, connect, { isNamed: root !== undefined })
    const commands = suriadmCommands
    const exit = await command.run({ program, zone, layout, io, signal, agent: agent.get, commands }, args)
    if (exit !== 'help') return exit
    io.stdout.write(renderCommandHelp(program, command))
    return Exit.ok
  } catch (error) {
    const usage = command === undefined ? suriadmUsage : usageLine(program, command)
    const exit = showError(error, io, { program, zone: undefined, usage, json: argv.includes('--json') })
    return signal.aborted ? Exit.interrupted : exit
  }
}
