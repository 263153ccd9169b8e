import type { Statement } from './statement.ts'

/** The parser that tools/gen-grammar.ts makes of grammar.peggy; only parse-statements.ts uses it. */
export function parse(input: string): Statement[]

export class SyntaxError extends Error {
  readonly location: { readonly start: { readonly offset: number } }
  readonly expected: readonly { readonly type: string; readonly description?: string; readonly text?: string }[] | null
  readonly found: string | null
}
