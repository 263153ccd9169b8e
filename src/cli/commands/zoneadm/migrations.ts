import { Exit } from '../../../errors.ts'
import { command } from '../../command.ts'
import { printJson, printLine } from '../../io.ts'
import { renderMigrations } from '../../render-migrations.ts'

export const migrations = command({
  name: 'migrations',
  summary: 'Show how the migrations from this host and to it ended',
  synopsis: '[-z zone]... [--json]',
  operands: [],
  options: {
    zone: {
      type: 'string',
      short: 'z',
      multiple: true,
      value: 'zone',
      help: 'only of this zone, also if it is not here any more; may be repeated',
    },
    json: {
      type: 'boolean',
      help: 'one JSON document, with the messages, the report of the check and times of the phases',
    },
  },
  details: [
    'The last 1000, the oldest first, dry runs excepted; times are UTC. Each is recorded',
    'on the host that the zone was to leave; the one to which it went records that it has',
    '"arrived". One that was interrupted or "uncertain" has another line, by the time of the',
    'same request, once it is settled. BY is who the environment of the command said it was.',
  ],

  async run({ program, zone, io, signal, agent }, _, { zone: more = [], json }) {
    const named = [...(zone === undefined ? [] : [zone]), ...more]
    const params = { zones: named.length === 0 ? null : named }
    const { records, damaged } = await (await agent()).call('host/migrations', params, { signal })
    if (json === true) {
      printJson(io.stdout, { migrations: records, damaged })
      return Exit.ok
    }
    for (const line of renderMigrations(records)) printLine(io.stdout, line)
    if (damaged > 0) {
      const what = damaged === 1 ? '1 record is' : `${damaged} records are`
      printLine(io.stderr, `${program}: ${what} damaged and left out`)
    }
    return Exit.ok
  },
})
