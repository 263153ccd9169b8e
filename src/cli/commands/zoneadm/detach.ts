import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'

export const detach = zoneCommand({
  name: 'detach',
  summary: 'Detach the zone from this host, so that another one can attach it',
  synopsis: '',
  operands: [],
  options: {},

  async run({ zone, signal, agent }) {
    await (await agent()).call('zone/detach', { zone }, { signal })
    return Exit.ok
  },
})
