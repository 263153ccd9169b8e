import { Exit, ZoneError } from '../../errors.ts'
import { zoneName } from '../../zone/schema/zone-name.ts'

/** What the command line of zonecfg asks for. */
export interface ZonecfgArguments {
  /** Undefined: a scratch session. */
  readonly zone: string | undefined
  /** Only to tell how the command is used. */
  readonly help: boolean
  readonly live: boolean
  /** Command file, `-` for standard input. */
  readonly file: string | undefined
  /** The commands given as arguments; undefined if there are none. */
  readonly script: string | undefined
}

export const usage = [
  'usage: zonecfg [-z zonename [-r]]',
  '       zonecfg [-z zonename [-r]] subcommand',
  '       zonecfg [-z zonename [-r]] -f command_file',
  '       zonecfg help [subcommand]',
]

/**
 * Reads the arguments (zonecfg(8)). Options end at the first word that is none: what follows belongs to subcommands.
 *
 * @throws {ZoneError} USAGE or INVALID_VALUE
 */
export function readArguments(argv: readonly string[]): ZonecfgArguments {
  let zone: string | undefined
  let file: string | undefined
  let live = false
  const rest = [...argv]
  for (let option = rest[0]; option?.startsWith('-') && option !== '-'; option = rest[0]) {
    rest.shift()
    if (option === '--') break
    if (option === '-h' || option === '--help') {
      return { zone: undefined, help: true, live: false, file: undefined, script: undefined }
    }
    const letter = option.slice(1, 2)
    if (letter === 'r' && option.length === 2) {
      live = true
    } else if (letter === 'z' || letter === 'f') {
      const value = option.length > 2 ? option.slice(2) : rest.shift()
      if (value === undefined || value === '') throw wrongUsage(`option -${letter} needs a value`)
      if (letter === 'z') zone = zoneName.canonical(value)
      else file = value
    } else {
      throw wrongUsage(`unknown option "${option}"`)
    }
  }
  if (live && zone === undefined) throw wrongUsage('-r needs -z')
  if (file !== undefined && rest.length > 0) throw wrongUsage('-f and a subcommand cannot be given together')
  return { zone, help: false, live, file, script: rest.length === 0 ? undefined : joinWords(rest) }
}

/** One argument is a script as it is. Of several, each is a word: a shell has taken its quotes off. */
function joinWords(words: readonly string[]): string {
  const [only = '', second] = words
  return second === undefined || /\s/.test(only) ? words.join(' ') : words.map(quoteAgain).join(' ')
}

function quoteAgain(word: string): string {
  if (word === '') return '""'
  if (!/\s/.test(word) || /[";[(]/.test(word)) return word
  const [, name = '', value = word] = /^([A-Za-z][\w.-]*\s*=\s*)(.*)$/s.exec(word) ?? []
  return /\s/.test(value) ? `${name}"${value.replaceAll('\\', '\\\\')}"` : word
}

function wrongUsage(problem: string): ZoneError {
  return new ZoneError(`zonecfg: ${problem}`, { code: 'USAGE', exit: Exit.usage, remedy: usage.join('\n') })
}
