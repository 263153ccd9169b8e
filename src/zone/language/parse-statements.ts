import { Exit } from '../../errors.ts'
import { SyntaxError as GrammarError, parse } from './grammar.gen.js'
import { ScriptError } from './script-error.ts'
import type { Statement } from './statement.ts'

/**
 * Splits a text into commands and their words.
 *
 * @throws {ScriptError} SYNTAX
 */
export function parseStatements(text: string): Statement[] {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error
    throw new ScriptError(
      error.expected === null ? error.message : unexpected(error),
      { code: 'SYNTAX', exit: Exit.usage, cause: error },
      error.location.start.offset,
    )
  }
}

function unexpected({ expected, found }: GrammarError): string {
  const names = new Set((expected ?? []).map((item) => item.description ?? item.text ?? 'the end'))
  for (const filler of ['blank', 'comment', '\n']) names.delete(filler)
  const wanted = [...names].map((name) => (/^\W$/.test(name) ? `"${name}"` : name)).join(', ')
  const met = found === null ? 'the end' : `"${found}"`
  return `Syntax error: found ${met}, expected ${wanted === '' ? 'a blank or the end of the command' : wanted}`
}
