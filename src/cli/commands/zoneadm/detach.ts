import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'

export const detach = zoneCommand({
  name: 'detach',
  summary: 'Detach the zone from this host, so that another one can attach it',
  synopsis: '[-F]',
  operands: [],
  options: {
    force: { type: 'boolean', short: 'F', help: 'also if its disk cannot say so, as when it is gone' },
  },

  async run({ zone, signal, agent }, _, { force = false }) {
    await (await agent()).call('zone/detach', { zone, force }, { signal })
    return Exit.ok
  },
})
