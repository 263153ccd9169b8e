import type { Token } from './tokens.ts'
import { text, type ValueKind } from './value-kind.ts'

/** One property of the configuration. Parser, printer, `verify`, completion, help and must-match read this. */
export interface Property {
  readonly name: string
  readonly kind: ValueKind
  /** What applies while the property is unset. */
  readonly default: string | undefined
  /** `end` (or `verify`, for a global property) refuses a resource without it. */
  readonly required: boolean
  /**
   * `always`: `info` has a line for it even if it is unset, as in Solaris 11.3. `if-set`: newer than that, or seldom
   * of interest; shown only when set.
   */
  readonly shown: 'always' | 'if-set'
  readonly tokens: readonly Token[]
  /** This release can change it on a running zone; otherwise it takes effect at the next boot. */
  readonly live: boolean
  /** Must be the same on both hosts for a migration. */
  readonly match: boolean
  /** `stored`: this release keeps the property but does not act on it; `verify` warns and `help` says so. */
  readonly effect: 'acted-on' | 'stored'
  /** The value is a secret: `info` prints `redacted`. */
  readonly secret: boolean
  /** If the property cannot be changed: why, and what to do instead. */
  readonly readOnly: string | undefined
  readonly help: string
}

export type PropertyOptions = Partial<Omit<Property, 'name' | 'kind' | 'help'>>

/** Makes an entry of the table. Unless said otherwise it is optional, any text, takes effect at the next boot and is only stored. */
export function property(
  name: string,
  help: string,
  kind: ValueKind = text(),
  options: PropertyOptions = {},
): Property {
  return {
    name,
    kind,
    default: undefined,
    required: false,
    shown: 'always',
    tokens: [],
    live: false,
    match: false,
    effect: 'stored',
    secret: false,
    readOnly: undefined,
    help,
    ...options,
  }
}
