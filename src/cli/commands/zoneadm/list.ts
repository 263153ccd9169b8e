import type { ZoneListEntry } from '../../../agent/api.ts'
import { Exit, ZoneError } from '../../../errors.ts'
import { command } from '../../command.ts'
import { printJson, printLine } from '../../io.ts'
import { usageError } from '../../usage-error.ts'
import { auxiliaryTable, globalZone, parsableLine, sortZones, verboseTable } from '../../zone-listing.ts'

export const list = command({
  name: 'list',
  summary: 'List zones: the running ones, or more with -i or -c',
  synopsis: '[-cin] [-v | -p | -s | --json]',
  operands: [],
  options: {
    configured: { type: 'boolean', short: 'c', help: 'all zones' },
    installed: { type: 'boolean', short: 'i', help: 'running and installed zones' },
    'no-global': { type: 'boolean', short: 'n', help: 'without the global zone, which is this host' },
    verbose: { type: 'boolean', short: 'v', help: 'a table: id, name, state, path, brand, IP type' },
    parsable: {
      type: 'boolean',
      short: 'p',
      help: 'id:name:state:path:uuid:brand:ip-type:r/w:file-mac-profile:auxiliary',
    },
    states: { type: 'boolean', short: 's', help: 'a table: name, state, auxiliary states' },
    json: { type: 'boolean', help: 'one JSON document: an array of zones' },
  },
  details: [
    'With -z the zone that it names, whatever its state. Why a zone is unavailable, incomplete, paused or still suspending, -v and -s say on standard error, and --json in "reason".',
  ],

  async run({ program, zone, layout, io, signal, agent }, _, options) {
    const { configured, installed, verbose, parsable, states, json } = options
    const formats = [verbose, parsable, states, json].filter((chosen) => chosen === true)
    if (formats.length > 1) throw usageError('of -v, -p, -s and --json only one can be given')
    const { zones } = await (await agent()).call('zone/list', {}, { signal })
    const all = [...(options['no-global'] === true ? [] : [globalZone]), ...sortZones(zones)]
    const chosen =
      zone === undefined ? all.filter((entry) => isWanted(entry, configured, installed)) : [find(zone, zones)]
    if (json === true) {
      printJson(io.stdout, chosen)
      return Exit.ok
    }
    for (const line of render(chosen)) printLine(io.stdout, line)
    if (verbose === true || states === true) {
      for (const line of reasons(chosen)) printLine(io.stderr, `${program}: ${line}`)
    }
    return Exit.ok

    function render(entries: readonly ZoneListEntry[]): string[] {
      if (verbose === true) return verboseTable(entries)
      if (states === true) return auxiliaryTable(entries)
      if (parsable === true) return entries.map((entry) => parsableLine(entry, layout))
      return entries.map(({ name }) => name)
    }
  },
})

function reasons(entries: readonly ZoneListEntry[]): string[] {
  return entries.flatMap(({ name, reason }) => (reason === undefined ? [] : [`zone '${name}': ${reason}`]))
}

function isWanted({ state, id }: ZoneListEntry, configured = false, installed = false): boolean {
  return configured || id !== null || state === 'running' || (installed && state === 'installed')
}

function find(name: string, zones: readonly ZoneListEntry[]): ZoneListEntry {
  const entry = [globalZone, ...zones].find((candidate) => candidate.name === name)
  if (entry !== undefined) return entry
  throw new ZoneError(`zone '${name}': No such zone configured`, {
    code: 'NO_SUCH_ZONE',
    remedy: 'zoneadm list -cv shows the zones of this host',
  })
}
