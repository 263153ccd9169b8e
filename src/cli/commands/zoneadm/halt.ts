import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'

export const halt = zoneCommand({
  name: 'halt',
  summary: 'Stop the zone at once, as if its power were cut',
  synopsis: '[--discard]',
  operands: [],
  options: {
    discard: { type: 'boolean', help: 'give the guest of a suspended zone up, and remove its image' },
  },

  async run({ zone, signal, agent }, _, { discard = false }) {
    await (await agent()).call('zone/halt', { zone, discard }, { signal })
    return Exit.ok
  },
})
