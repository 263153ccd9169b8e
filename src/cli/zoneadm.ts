import { Exit, type ExitCode, ZoneError } from '../errors.ts'
import { kzoneVersion } from '../util/version.ts'
import type { Agent, Command } from './command.ts'
import { zoneadmCommands } from './commands/zoneadm/commands.ts'
import { type CliIo, printLine } from './io.ts'
import { type Connect, chosenLayout, LazyAgent } from './lazy-agent.ts'
import { renderCommandHelp, usageLine } from './render-help.ts'
import { showError } from './show-error.ts'
import { readGlobalOptions } from './zoneadm-options.ts'
import { zoneadmUsage } from './zoneadm-usage.ts'

const program = 'zoneadm'

/**
 * The command zoneadm(8).
 *
 * @param argv without the name of the program
 * @param signal aborted by Ctrl-C
 * @param connect how to reach zonesd
 * @returns the exit code; an error has been shown on stderr
 */
export async function runZoneadm(
  argv: readonly string[],
  io: CliIo,
  signal: AbortSignal,
  connect?: Connect,
): Promise<ExitCode> {
  let zone: string | undefined
  let command: Command | undefined
  try {
    const { name, args, ...options } = readGlobalOptions(argv)
    zone = options.zone
    if (options.version) {
      printLine(io.stdout, `kzone ${kzoneVersion}`)
      return Exit.ok
    }
    command = zoneadmCommands.find(name)
    const layout = chosenLayout(options.root)
    await using agent = new LazyAgent(layout, signal, connect, { isNamed: options.root !== undefined })
    if (options.uuid !== undefined) zone = await zoneOfUuid(options.uuid, zone, await agent.get(), signal)
    const context = { program, zone, layout, io, signal, agent: agent.get, commands: zoneadmCommands }
    const exit = await command.run(context, args)
    if (exit !== 'help') return exit
    io.stdout.write(renderCommandHelp(program, command))
    return Exit.ok
  } catch (error) {
    const usage = command === undefined ? zoneadmUsage : usageLine(program, command)
    const exit = showError(error, io, { program, zone, usage, json: argv.includes('--json') })
    return isCancel(error) ? Exit.interrupted : exit
  }

  function isCancel(error: unknown): boolean {
    return (
      signal.aborted && error instanceof ZoneError && (error === signal.reason || error.code === 'CANCELLED')
    )
  }
}

/** The name of the zone whose uuid begins so; if there is none, the zone that `-z` names (zoneadm(8)). */
async function zoneOfUuid(
  uuid: string,
  zone: string | undefined,
  agent: Pick<Agent, 'call'>,
  signal: AbortSignal,
): Promise<string> {
  const { zones } = await agent.call('zone/list', {}, { signal })
  const matches = zones.filter((entry) => entry.uuid?.startsWith(uuid.toLowerCase()) === true)
  const [match, second] = matches
  if (match !== undefined && second === undefined) return match.name
  if (match === undefined && zone !== undefined) return zone
  const names = matches.map(({ name }) => name).join(', ')
  throw new ZoneError(
    match === undefined ? `No zone has the uuid "${uuid}"` : `The uuid "${uuid}" fits ${names}`,
    {
      code: 'NO_SUCH_ZONE',
      remedy: 'zoneadm list -cp shows the zones of this host with their uuids',
    },
  )
}
