import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'

export const halt = zoneCommand({
  name: 'halt',
  summary: 'Stop the zone at once, as if its power were cut',
  synopsis: '',
  operands: [],
  options: {},

  async run({ zone, signal, agent }) {
    await (await agent()).call('zone/halt', { zone }, { signal })
    return Exit.ok
  },
})
