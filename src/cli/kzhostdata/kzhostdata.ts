import { Exit, type ExitCode, ZoneError } from '../../errors.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import { kzoneVersion } from '../../util/version.ts'
import { type CliIo, printLine } from '../io.ts'
import { type Connect, chosenLayout, LazyAgent } from '../lazy-agent.ts'
import { helpOption, readOptions } from '../read-options.ts'
import { showError } from '../show-error.ts'
import { usageError } from '../usage-error.ts'
import { renderHostData } from './render-host-data.ts'

const program = 'kzhostdata'
const usage = 'usage: kzhostdata [--json] -z zone | kzhostdata [--json] -k keyfile storage-uri'

const options = {
  zone: { type: 'string', short: 'z', help: '' },
  key: { type: 'string', short: 'k', help: '' },
  root: { type: 'string', short: 'R', help: '' },
  json: { type: 'boolean', help: '' },
  version: { type: 'boolean', short: 'V', help: '' },
  ...helpOption,
} as const

const helpText = `${usage}

Show whose a zone is by the host data on its boot devices. Nothing is changed.

  -z, --zone zone    a zone of this host, with the key that this host has of it
  -k, --key keyfile  the key file of a zone, for any storage: /var/lib/zones/ZONE/key of a host that has it
  -R, --root root    the folder that holds the host
      --json         one JSON document
  -V, --version      show the version
      --help         show this text
`

/**
 * The command kzhostdata(8).
 *
 * @param argv without the name of the program
 * @returns the exit code; an error has been shown on stderr
 */
export async function runKzhostdata(
  argv: readonly string[],
  io: CliIo,
  signal: AbortSignal,
  connect?: Connect,
): Promise<ExitCode> {
  let zone: string | undefined
  try {
    const { values, operands } = readOptions(argv, options)
    if (values.help === true || values.version === true) {
      io.stdout.write(values.help === true ? helpText : `kzone ${kzoneVersion}\n`)
      return Exit.ok
    }
    zone = values.zone
    const wanted = await wantedOf(zone, values.key, operands)
    const isNamed = values.root !== undefined
    await using agent = new LazyAgent(chosenLayout(values.root), signal, connect, { isNamed })
    const shown = await (await agent.get()).call('host-data/show', wanted, { signal })
    if (shown === null) throw noHostData(zone)
    if (values.json === true) printLine(io.stdout, JSON.stringify(shown, undefined, 2))
    else for (const line of renderHostData(shown)) printLine(io.stdout, line)
    return shown.copies.some(({ status }) => status === 'open') ? Exit.ok : Exit.failed
  } catch (error) {
    return showError(error, io, { program, zone, usage, json: argv.includes('--json') })
  }
}

async function wantedOf(zone: string | undefined, keyFile: string | undefined, operands: readonly string[]) {
  const [uri, ...others] = operands
  if (others.length > 0) throw usageError('one storage URI at a time')
  if (zone !== undefined) {
    if (uri !== undefined || keyFile !== undefined)
      throw usageError('-z names the storage and the key already')
    return { zone }
  }
  if (uri === undefined || keyFile === undefined)
    throw usageError('name a zone (-z), or a key file (-k) and a storage URI')
  const key = await readZoneKey(keyFile)
  if (key !== undefined) return { uri, key: key.toString('hex') }
  throw new ZoneError(`There is no key file "${keyFile}"`, {
    code: 'KEY_MISSING',
    remedy: 'It is /var/lib/zones/ZONE/key on a host that has the zone',
  })
}

function noHostData(zone = ''): ZoneError {
  return new ZoneError(`zone '${zone}': its storage cannot hold host data`, {
    code: 'HOSTDATA_NOWHERE',
    remedy: `Storage of another type, such as iscsi: or nfs:, can. What the zone has: zonecfg -z ${zone} info device`,
  })
}
