import { acceptUnknownOption, explainOption } from '../../check/options.ts'
import { command } from '../../command.ts'
import { parsePause } from '../../transfer-limits.ts'
import { unknownName, usageError } from '../../usage-error.ts'

const types = ['auto', 'live', 'warm', 'cold'] as const

export const check = command({
  name: 'check',
  summary: 'Show which zones can move to which hosts',
  synopsis: [
    '-z zone [-z zone]... [-t kind] [-c cipher] [--max-pause time] [--postcopy] [--accept-unknown] [--why] [--json] [--hosts host,...] [host...]',
    '--all-zones [-t kind] [-c cipher] [--max-pause time] [--postcopy] [--accept-unknown] [--why] [--json] [--hosts host,...] [host...]',
    '-f file [-f file]... [--source facts:file] [-t kind] [-c cipher] [--max-pause time] [--postcopy] [--accept-unknown] [--why] [--json] host...',
    '--explain rule',
  ].join(' | '),
  operands: ['host...'],
  options: {
    zone: {
      type: 'string',
      short: 'z',
      multiple: true,
      value: 'zone',
      help: 'a zone of this host; may be repeated',
    },
    'all-zones': { type: 'boolean', help: 'all zones that are installed on this host' },
    config: {
      type: 'string',
      short: 'f',
      multiple: true,
      value: 'file',
      help: "a configuration, as 'zonecfg export' writes it; the zone is called like the file",
    },
    source: { type: 'string', value: 'facts:file', help: 'with -f: where the zone is; by default this host' },
    hosts: { type: 'string', multiple: true, value: 'host,...', help: 'further hosts, separated by commas' },
    type: {
      type: 'string',
      short: 't',
      value: 'kind',
      help: "'live', 'warm' or 'cold' only; 'auto' (default): the best kind that passes",
    },
    cipher: {
      type: 'string',
      short: 'c',
      value: 'cipher',
      help: "for the guest's memory on its way; 'none': in the clear",
    },
    'max-pause': {
      type: 'string',
      value: 'time',
      help: 'how long a running guest may stand still at most, such as 500ms or 2s',
    },
    postcopy: {
      type: 'boolean',
      help: 'as with migrate: a guest may go on there before all of its memory is there',
    },
    why: { type: 'boolean', help: 'all reasons and their remedies after the table' },
    json: { type: 'boolean', help: 'one JSON document; with --why it has the reports' },
    ...acceptUnknownOption,
    ...explainOption,
  },
  details: [
    'A host is ssh://[user@]host[:port], or facts:FILE with what was saved by "zoneadm',
    'facts --json HOST > FILE". The data port and the encryption of the memory stream',
    'are not tried here: "zoneadm -z zone migrate -n host" does. Exit code: 0 each zone',
    'can move to each host, 3 one cannot, 1 a host could not be asked.',
  ],

  async run(context, operands, values) {
    if (values.explain !== undefined) {
      const { explain } = await import('../../check/explain.ts')
      return explain(context.io, values.explain)
    }
    const type = types.find((candidate) => candidate === (values.type ?? 'auto'))
    if (type === undefined) throw unknownName('kind', values.type ?? '', types)
    const pause = values['max-pause']
    if ((pause !== undefined || values.postcopy === true) && (type === 'cold' || type === 'warm'))
      throw usageError('--max-pause and --postcopy are for a guest that runs, and go with -t live or auto')
    const hosts = [...new Set([...(values.hosts ?? []).flatMap((list) => list.split(',')), ...operands])]
    if (hosts.length === 0 || hosts.includes('')) throw usageError('a host is missing')
    const { runCheck } = await import('../../check/run-check.ts')
    return await runCheck(context, {
      wanted: {
        zones: [...(context.zone === undefined ? [] : [context.zone]), ...(values.zone ?? [])],
        all: values['all-zones'] ?? false,
        files: values.config,
        place: values.source,
      },
      hosts,
      kinds: type === 'auto' ? undefined : [type],
      cipher: values.cipher ?? null,
      wishes: {
        ...(values.postcopy === true ? { postcopy: true } : {}),
        ...(pause === undefined ? {} : { maxPauseMs: parsePause(pause) }),
        acceptsUntold: values['accept-unknown'] ?? false,
      },
      why: values.why ?? false,
      json: values.json ?? false,
    })
  },
})
