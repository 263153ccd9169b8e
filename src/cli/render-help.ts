import type { Command } from './command.ts'
import { helpOption, type OptionSpec } from './read-options.ts'

/** The line that says how a command is typed. */
export function usageLine(program: string, { name, synopsis, needsZone }: Command): string {
  return `usage: ${[program, ...(needsZone ? ['-z zone'] : []), name, synopsis].join(' ').trimEnd()}`
}

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
    ...options.map(([names, help]) => `  ${names.padEnd(width)}  ${help}`),
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

function optionNames(name: string, { short, type, value }: OptionSpec): string {
  const names = short === undefined ? `    --${name}` : `-${short}, --${name}`
  return type === 'boolean' ? names : `${names} ${value ?? 'value'}`
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
