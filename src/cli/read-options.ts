import { parseArgs } from 'node:util'
import { unknownName, usageError } from './usage-error.ts'

/** An option as `parseArgs` of node:util takes it, and what the help says of it. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  readonly multiple?: boolean
  /** Name of the value in the help. */
  readonly value?: string
  readonly help: string
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type OptionValue<S extends OptionSpec> = S['type'] extends 'boolean'
  ? boolean
  : S['multiple'] extends true
    ? readonly string[]
    : string

export type OptionValues<O extends OptionSpecs> = { readonly [K in keyof O]?: OptionValue<O[K]> }

/** Every command has it. */
export const helpOption = { help: { type: 'boolean', help: 'show this text' } } as const

/**
 * Reads options and operands; options may stand anywhere before `--`.
 *
 * @throws ZoneError USAGE
 */
export function readOptions<O extends OptionSpecs>(
  args: readonly string[],
  options: O,
): { values: OptionValues<O>; operands: string[] } {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values = new Map<string, boolean | string | string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    const spec = Object.hasOwn(options, name) ? options[name] : undefined
    if (spec === undefined) {
      const names = rawName.startsWith('--') ? Object.keys(options).map((long) => `--${long}`) : []
      throw unknownName('option', rawName, names)
    }
    if (spec.type === 'boolean') {
      if (value !== undefined) throw usageError(`option ${rawName} takes no value`)
      values.set(name, true)
    } else {
      if (value === undefined || value === '') throw usageError(`option ${rawName} needs a value`)
      const earlier = values.get(name)
      values.set(name, spec.multiple === true ? [...(Array.isArray(earlier) ? earlier : []), value] : value)
    }
  }
  return { values: Object.fromEntries(values) as OptionValues<O>, operands: positionals }
}
