import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'
import { showLines } from '../../show-lines.ts'
import { unknownName } from '../../usage-error.ts'

const extendedOptions = ['force-takeover', 'initialize-hostdata'] as const

export const attach = zoneCommand({
  name: 'attach',
  summary: 'Attach a zone that was detached',
  synopsis: '[-F] [--discard] [-x force-takeover] [-x initialize-hostdata]',
  operands: [],
  options: {
    force: {
      type: 'boolean',
      short: 'F',
      help: 'also a zone that went to another host by a migration, if it runs nowhere any more',
    },
    discard: { type: 'boolean', help: 'give the guest of a suspended zone up' },
    extended: { type: 'string', short: 'x', multiple: true, value: 'name', help: 'see below' },
  },
  details: [
    'force-takeover       also if its host data say that another host has it: two that run on one disk destroy it',
    'initialize-hostdata  begin new host data; what was sealed with an older key, as a suspended guest, is lost. Where the old ones',
    '                     cannot be opened, nobody can see whether another host runs the zone: two that run on one disk destroy it',
  ],

  async run(context, _, { force = false, discard = false, extended = [] }) {
    const { zone, signal, agent } = context
    for (const name of extended) {
      if (!extendedOptions.some((known) => known === name))
        throw unknownName('option -x', name, extendedOptions)
    }
    const [takeover, initialize] = extendedOptions.map((name) => extended.includes(name))
    const params = { zone, force, takeover: takeover === true, initialize: initialize === true, discard }
    await (await agent()).call('zone/attach', params, { signal, onProgress: showLines(context) })
    return Exit.ok
  },
})
