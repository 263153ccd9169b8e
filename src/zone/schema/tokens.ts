import { ZoneError } from '../../errors.ts'
import { nearest } from '../nearest.ts'

/** The tokens that a property may hold, written `%{zonename}`; `%%` stands for one `%`. */
export type Token = 'zonename' | 'id' | 'global-rootzpool'

export type TokenValues = Readonly<Record<Token, string>>

/** Does the text need expansion? */
export function hasTokens(text: string): boolean {
  return text.includes('%{') || text.includes('%%')
}

/**
 * Replaces the tokens of a property by their values.
 *
 * @throws {ZoneError} UNKNOWN_TOKEN if a token is unknown or not one of `allowed`
 */
export function expandTokens(text: string, values: TokenValues, allowed: readonly Token[]): string {
  return text.replace(/%%|%\{([^}]*)\}?/g, (match, name: string | undefined) => {
    if (match === '%%') return '%'
    const token = allowed.find((candidate) => match === `%{${candidate}}`)
    if (token !== undefined) return values[token]
    throw unknownToken(match, name ?? '', allowed)
  })
}

function unknownToken(match: string, name: string, allowed: readonly Token[]): ZoneError {
  const meant = nearest(name, allowed)
  return new ZoneError(`"${match}" is not a token of this property`, {
    code: 'UNKNOWN_TOKEN',
    remedy:
      meant === undefined
        ? `Valid here: ${[...allowed.map((token) => `%{${token}}`), '%%'].join(' ')}`
        : `Did you mean "%{${meant}}"?`,
  })
}
