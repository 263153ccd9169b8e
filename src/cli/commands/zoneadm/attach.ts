import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'

export const attach = zoneCommand({
  name: 'attach',
  summary: 'Attach a zone that was detached',
  synopsis: '',
  operands: [],
  options: {},

  async run({ zone, signal, agent }) {
    await (await agent()).call('zone/attach', { zone }, { signal })
    return Exit.ok
  },
})
