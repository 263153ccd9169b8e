import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'

export const attach = zoneCommand({
  name: 'attach',
  summary: 'Attach a zone that was detached',
  synopsis: '[-F]',
  operands: [],
  options: {
    force: {
      type: 'boolean',
      short: 'F',
      help: 'also a zone that went to another host by a migration, if it runs nowhere any more',
    },
  },

  async run({ zone, signal, agent }, _, { force = false }) {
    await (await agent()).call('zone/attach', { zone, force }, { signal })
    return Exit.ok
  },
})
