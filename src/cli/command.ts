import type { AgentClient } from '../agent/client.ts'
import type { ExitCode } from '../errors.ts'
import type { HostLayout } from '../util/host-layout.ts'
import type { CliIo } from './io.ts'
import { helpOption, type OptionSpecs, type OptionValues, readOptions } from './read-options.ts'
import { usageError } from './usage-error.ts'

/** This host's zonesd, as commands see it. */
export type Agent = Pick<AgentClient, 'call'>

/** What a command works with. */
export interface CommandContext {
  readonly program: string
  /** Of `-z` or `-u`. */
  readonly zone: string | undefined
  readonly layout: HostLayout
  readonly io: CliIo
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Connects at the first call; starts zonesd if it does not run. */
  readonly agent: () => Promise<Agent>
  /** The subcommands of the program, for its help. */
  readonly commands: CommandTable
}

export interface CommandTable {
  readonly all: readonly Command[]
  /** @throws ZoneError USAGE with the nearest name */
  find(name: string): Command
}

/** The context of a command that works on one zone. */
export interface ZoneContext extends CommandContext {
  readonly zone: string
}

interface Description {
  readonly name: string
  /** One line without a period. */
  readonly summary: string
  /** What follows the name of the command. */
  readonly synopsis: string
  /** Names of the operands: `name`, `name?` may be missing, `name...` any number. */
  readonly operands: readonly string[]
  readonly options: OptionSpecs
  /** More for the help, as lines. */
  readonly details?: readonly string[]
}

/** A command, ready to run. */
export interface Command extends Description {
  readonly needsZone: boolean
  /** @throws ZoneError */
  run(context: CommandContext, args: readonly string[]): Promise<ExitCode | 'help'>
}

type Definition<O extends OptionSpecs, C> = Description & {
  readonly options: O
  run(context: C, operands: readonly string[], values: OptionValues<O>): Promise<ExitCode>
}

/** A command that works without a zone; `-z` may name one. */
export function command<const O extends OptionSpecs>(definition: Definition<O, CommandContext>): Command {
  return make(definition, false, (context) => context)
}

/** A command on the zone that `-z` or `-u` names. */
export function zoneCommand<const O extends OptionSpecs>(definition: Definition<O, ZoneContext>): Command {
  return make(definition, true, (context) => {
    const { program, zone } = context
    if (zone === undefined) {
      throw usageError(`${definition.name} needs a zone: ${program} -z zone ${definition.name}`)
    }
    return { ...context, zone }
  })
}

function make<O extends OptionSpecs, C>(
  definition: Definition<O, C>,
  needsZone: boolean,
  toContext: (context: CommandContext) => C,
): Command {
  const { name, summary, synopsis, operands: names, options, details } = definition
  return {
    name,
    summary,
    synopsis,
    operands: names,
    options,
    needsZone,
    ...(details === undefined ? {} : { details }),
    async run(context, args) {
      const { values, operands } = readOptions(args, { ...options, ...helpOption })
      if (values.help === true) return 'help'
      checkOperands(names, operands)
      return await definition.run(toContext(context), operands, values as OptionValues<O>)
    },
  }
}

function checkOperands(names: readonly string[], operands: readonly string[]): void {
  const missing = names[operands.length]
  if (missing !== undefined && /^\w+$/.test(missing)) throw usageError(`${missing} is missing`)
  const surplus = operands[names.length]
  if (surplus !== undefined && names.at(-1)?.endsWith('...') !== true) {
    throw usageError(`unexpected argument "${surplus}"`)
  }
}
