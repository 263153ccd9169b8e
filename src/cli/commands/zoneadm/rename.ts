import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'

export const rename = zoneCommand({
  name: 'rename',
  summary: 'Give the zone another name',
  synopsis: 'newname',
  operands: ['newname'],
  options: {},

  async run({ zone, signal, agent }, [newName = '']) {
    await (await agent()).call('zone/rename', { zone, newName }, { signal })
    return Exit.ok
  },
})
