import { Exit } from '../../errors.ts'
import { commandTable } from './command.ts'
import { ScriptError } from './script-error.ts'
import type { Argument, Statement, Value } from './statement.ts'

/** The refusal of a command whose words do not fit; shows the usage. */
export function usageError(statement: Statement, problem: string, offset = statement.start): ScriptError {
  const usage = commandTable.find(({ name }) => name === statement.name)?.usage
  return new ScriptError(
    `${statement.name}: ${problem}`,
    { code: 'USAGE', exit: Exit.usage, ...(usage === undefined ? {} : { remedy: `Usage: ${usage}` }) },
    offset,
  )
}

/** The options in front of the operands of a command. */
export interface Options {
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
  readonly operands: readonly Argument[]
}

/**
 * Reads options in the manner of getopt(3C).
 *
 * @param valued letters of options that take a value
 */
export function takeOptions(statement: Statement, allowed: string, valued = ''): Options {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  const rest = [...statement.args]
  for (let arg = rest[0]; arg !== undefined && /^-[A-Za-z]/.test(arg.text); arg = rest[0]) {
    rest.shift()
    for (let at = 1; at < arg.text.length; at += 1) {
      const letter = arg.text[at] ?? ''
      if (allowed.includes(letter)) {
        flags.add(letter)
      } else if (valued.includes(letter)) {
        const attached = arg.text.slice(at + 1)
        const value = attached === '' ? rest.shift() : undefined
        const text = attached === '' ? value && plainText(value) : attached
        if (text === undefined || text === '')
          throw usageError(statement, `option -${letter} needs a value`, arg.start)
        values.set(letter, text)
        break
      } else {
        throw usageError(statement, `unknown option "-${letter}"`, arg.start)
      }
    }
  }
  return { flags, values, operands: rest }
}

/** The text of a word for which `=` has no meaning. */
export function plainText(arg: Argument): string {
  return arg.kind === 'plain' && arg.value.kind === 'simple' ? arg.value.text : arg.text
}

/** The value of a word for which `=` has no meaning. */
export function plainValue(arg: Argument): Value {
  return arg.kind === 'plain' ? arg.value : { kind: 'simple', text: arg.text }
}
