import type { Command } from './command.ts'
import { parseStatements } from './parse-statements.ts'
import { toCommand } from './to-command.ts'

/**
 * Reads a text in the zonecfg language (zonecfg(8)): the commands in order, each with its place.
 *
 * @throws {ScriptError} if the text is no sequence of commands; `explain()` makes it readable
 */
export function parseCommands(text: string): Command[] {
  return parseStatements(text).map(toCommand)
}
