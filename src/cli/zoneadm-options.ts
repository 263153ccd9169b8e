import { unknownName, usageError } from './usage-error.ts'

/** What stands before the subcommand, and what follows it. */
export interface GlobalOptions {
  readonly root: string | undefined
  readonly zone: string | undefined
  readonly uuid: string | undefined
  readonly version: boolean
  /** Of the subcommand. */
  readonly name: string
  readonly args: readonly string[]
}

const letters = { R: 'root', z: 'zone', u: 'uuid' } as const
const helpFlags = ['--help', '-h', '-?']

/**
 * Reads the options before the subcommand; their value may follow the letter without a blank.
 *
 * @throws ZoneError USAGE
 */
export function readGlobalOptions(argv: readonly string[]): GlobalOptions {
  const values: { root?: string; zone?: string; uuid?: string } = {}
  const rest = [...argv]
  const finish = (name: string, args: readonly string[], version = false): GlobalOptions => {
    const { root, zone, uuid } = values
    return { root, zone, uuid, version, name, args }
  }
  for (;;) {
    const word = rest.shift()
    if (word === undefined) throw usageError('a subcommand is missing')
    if (!word.startsWith('-')) return finish(word, rest)
    if (helpFlags.includes(word)) return finish('help', [])
    if (word === '--version' || word === '-V') return finish('', [], true)
    const letter = (['R', 'z', 'u'] as const).find((candidate) => word.startsWith(`-${candidate}`))
    if (letter === undefined) throw unknownName('option', word, ['--help', '--version'])
    const value = word.length > 2 ? word.slice(2) : rest.shift()
    if (value === undefined || value === '') throw usageError(`option -${letter} needs a value`)
    values[letters[letter]] = value
  }
}
