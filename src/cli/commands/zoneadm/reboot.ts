import { Exit } from '../../../errors.ts'
import { bootArguments } from '../../boot-arguments.ts'
import { zoneCommand } from '../../command.ts'

export const reboot = zoneCommand({
  name: 'reboot',
  summary: 'Stop the zone at once and boot it again',
  synopsis: '[-- bootargs]',
  operands: ['bootargs...'],
  options: {},

  async run({ zone, signal, agent }, operands) {
    await (await agent()).call('zone/reboot', { zone, bootargs: bootArguments(operands) }, { signal })
    return Exit.ok
  },
})
