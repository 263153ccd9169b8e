import { ZoneError } from '../../errors.ts'
import { nearest } from '../nearest.ts'

/** How the text of a property is checked and brought into its canonical form. Every value is kept as text. */
export interface ValueKind {
  /** Name for documentation, such as `size`. */
  readonly name: string
  /** Completes the sentence "NAME takes …". */
  readonly expects: string
  readonly unit?: 'bytes'
  /** A list is kept as its items joined with commas. */
  readonly list: boolean
  /** Values to offer for completion; empty if there are too many to list. */
  readonly values: readonly string[]
  /** @throws {ZoneError} INVALID_VALUE if the text does not fit */
  canonical(text: string): string
}

/** The refusal of a value, in the form in which Solaris gives it: `memlzr: Invalid argument`. */
export function invalidValue(text: string, expects: string, values: readonly string[] = []): ZoneError {
  const meant = nearest(text, values)
  return new ZoneError(`${text === '' ? '""' : text}: Invalid argument`, {
    code: 'INVALID_VALUE',
    remedy: `Expected ${expects}${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
  })
}

/** Any text on one line. */
export function text(expects = 'text'): ValueKind {
  return matching('text', expects, /^[^\p{Cc}]+$/u)
}

/** Text of a given form. */
export function matching(name: string, expects: string, pattern: RegExp): ValueKind {
  return {
    name,
    expects,
    list: false,
    values: [],
    canonical(given) {
      if (!pattern.test(given)) throw invalidValue(given, expects)
      return given
    },
  }
}

/** One of a few words. */
export function choice(...values: readonly string[]): ValueKind {
  const expects = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`
  return {
    name: 'choice',
    expects,
    list: false,
    values,
    canonical(given) {
      if (!values.includes(given)) throw invalidValue(given, expects, values)
      return given
    },
  }
}

export const trueOrFalse: ValueKind = { ...choice('true', 'false'), name: 'boolean' }

/** A whole number, written in decimal. */
export function integer(min: number, max: number): ValueKind {
  const expects = `a whole number from ${min} to ${max}`
  return {
    name: 'integer',
    expects,
    list: false,
    values: [],
    canonical(given) {
      const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN
      if (!(value >= min && value <= max)) throw invalidValue(given, expects)
      return String(value)
    },
  }
}

/** One of some words, or a value of another kind. */
export function wordOr(words: readonly string[], kind: ValueKind): ValueKind {
  const expects = `${words.join(', ')} or ${kind.expects}`
  return {
    ...kind,
    expects,
    values: [...words, ...kind.values],
    canonical(given) {
      if (words.includes(given)) return given
      try {
        return kind.canonical(given)
      } catch (error) {
        if (error instanceof ZoneError && error.code === 'INVALID_VALUE')
          throw invalidValue(given, expects, words)
        throw error
      }
    },
  }
}

/** One or more values of a kind; no value twice. */
export function listOf(kind: ValueKind): ValueKind {
  return {
    ...kind,
    name: `list of ${kind.name}`,
    expects: `a list, each item ${kind.expects}`,
    list: true,
    canonical(given) {
      const items = given.split(',').map((item) => kind.canonical(item.trim()))
      return [...new Set(items)].join(',')
    },
  }
}

/** The items of a list as it is kept. */
export function listItems(value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : value.split(',')
}
