import type { Command } from './command.ts'
import { helpOption, type OptionSpec } from './read-options.ts'
import { wrap } from './report/wrap.ts'
import { synopsisLines } from './synopsis.ts'

/** The line that says how a command is typed; where there are several ways, one line for each. */
export function usageLine(program: string, command: Command): string {
  const lines = synopsisLines(program, command).map(
    (text, index) => `${index === 0 ? 'usage:' : '      '} ${text}`,
  )
  return lines.flatMap((line) => wrap(line, 0, hangingColumns)).join('\n')
}

const hangingColumns = 15

/** The help of one command. */
export function renderCommandHelp(program: string, command: Command): string {
  const options = Object.entries({ ...command.options, ...helpOption }).map(
    ([name, spec]) => [optionNames(name, spec), spec.help] as const,
  )
  const width = Math.max(...options.map(([names]) => names.length))
  return lines(
    usageLine(program, command),
    '',
    `${command.summary}.`,
    ...(command.details === undefined ? [] : ['', ...command.details]),
    '',
    ...options.flatMap(([names, help]) => wrap(`  ${names.padEnd(width)}  ${help}`, 0, width + 4)),
  )
}

/** The help of a program with subcommands. */
export function renderProgramHelp(
  usage: string,
  commands: readonly Command[],
  notes: readonly string[],
): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return lines(
    usage,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    ...notes,
  )
}

/** An option as it is typed: `-n, --dry-run`. */
export function optionNames(name: string, { short, type, value }: OptionSpec): string {
  const names = short === undefined ? `    --${name}` : `-${short}, --${name}`
  return type === 'boolean' ? names : `${names} ${value ?? 'value'}`
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
