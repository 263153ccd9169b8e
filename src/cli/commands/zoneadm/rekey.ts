import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'

export const rekey = zoneCommand({
  name: 'rekey',
  summary: 'Give the zone a new key for its host data and suspend images',
  synopsis: '',
  operands: [],
  options: {},
  details: [
    'The key is that of the keysource resource, or a new one. The zone may run; it must not be suspended.',
  ],

  async run({ zone, signal, agent }) {
    await (await agent()).call('zone/rekey', { zone }, { signal })
    return Exit.ok
  },
})
