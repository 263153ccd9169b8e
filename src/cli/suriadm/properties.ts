import { formatSuri } from '../../zone/suri/format-suri.ts'
import { isShared, type Suri } from '../../zone/suri/suri.ts'
import type { Output } from '../io.ts'
import { printJson, printLine } from '../io.ts'
import type { OptionSpecs } from '../read-options.ts'
import { unknownName, usageError } from '../usage-error.ts'

/** Names with their values, in the order in which they are shown. */
export type Properties = Readonly<Record<string, string>>

/** The options of every subcommand that shows properties. */
export const showOptions = {
  'no-header': {
    type: 'boolean',
    short: 'H',
    help: 'without the heading, names and values parted by one tab',
  },
  output: { type: 'string', short: 'o', value: 'property,...', help: 'only these properties, in this order' },
  json: { type: 'boolean', help: 'one JSON document' },
} as const satisfies OptionSpecs

export interface ShowOptions {
  readonly 'no-header'?: boolean
  readonly output?: string
  readonly json?: boolean
}

/** The parts of a storage URI under the names of suriadm(8). */
export function propertiesOf(suri: Suri): Properties {
  const head = { 'uri-type': suri.scheme === 'nbd' && suri.tls ? 'nbds' : suri.scheme, uri: formatSuri(suri) }
  return { ...head, ...partsOf(suri), shared: isShared(head.uri) ? 'yes' : 'no' }
}

function partsOf(suri: Suri): Properties {
  switch (suri.scheme) {
    case 'dev':
    case 'file':
      return { path: suri.path }
    case 'lu': {
      const { luname, path } = suri
      const way = path && { 'initiator.naa': path.initiator.hex, 'target.naa': path.target.hex }
      return { ...way, [`luname.${luname.format}`]: luname.hex }
    }
    case 'iscsi': {
      const { authority, unit } = suri
      return {
        ...authorityOf(authority),
        ...(unit.by === 'luname'
          ? { [`luname.${unit.luname.format}`]: unit.luname.hex }
          : { target: unit.target, lun: `${unit.lun}` }),
      }
    }
    case 'nfs':
      return { ...suri.owner, ...authorityOf(suri.authority), path: suri.path }
    case 'nbd':
      return { ...authorityOf(suri.authority), export: suri.export }
    case 'rbd': {
      const { pool, namespace, image } = suri
      return { pool, ...(namespace === undefined ? {} : { namespace }), image }
    }
  }
}

function authorityOf(
  authority: { readonly host: string; readonly port: number | undefined } | undefined,
): Properties {
  if (authority === undefined) return {}
  const { host, port } = authority
  return { hostname: host, ...(port === undefined ? {} : { port: `${port}` }) }
}

/**
 * Shows properties as a table of two columns, for scripts or as JSON.
 *
 * @throws ZoneError USAGE for a property that there is not
 */
export function showProperties(stdout: Output, properties: Properties, options: ShowOptions): void {
  const names = options.output?.split(',') ?? Object.keys(properties)
  const rows = names.map((name) => {
    const value = properties[name]
    if (value === undefined) throw unknownName('property', name, Object.keys(properties))
    return [name, value] as const
  })
  if (options.json === true) printJson(stdout, Object.fromEntries(rows))
  else if (options['no-header'] === true) for (const row of rows) printLine(stdout, row.join('\t'))
  else {
    const width = Math.max('PROPERTY'.length, ...rows.map(([name]) => name.length)) + 2
    for (const [name, value] of [['PROPERTY', 'VALUE'], ...rows] as const) {
      printLine(stdout, `${(name ?? '').padEnd(width)}${value ?? ''}`)
    }
  }
}

/**
 * Reads what `-p name=value` gives.
 *
 * @throws ZoneError USAGE
 */
export function readProperties(
  given: readonly string[],
  known: readonly string[],
): ReadonlyMap<string, string> {
  const pairs = given
    .flatMap((text) => text.split(','))
    .map((pair) => {
      const at = pair.indexOf('=')
      const name = at < 0 ? pair : pair.slice(0, at)
      if (!known.includes(name)) throw unknownName('property', name, known)
      if (at < 0 || at === pair.length - 1)
        throw usageError(`property ${name} needs a value: -p ${name}=value`)
      return [name, pair.slice(at + 1)] as const
    })
  return new Map(pairs)
}
