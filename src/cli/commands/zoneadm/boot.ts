import { Exit } from '../../../errors.ts'
import { bootArguments } from '../../boot-arguments.ts'
import { zoneCommand } from '../../command.ts'

export const boot = zoneCommand({
  name: 'boot',
  summary: 'Boot the zone',
  synopsis: '[-- bootargs]',
  operands: ['bootargs...'],
  options: {},

  async run({ zone, signal, agent }, operands) {
    await (await agent()).call('zone/boot', { zone, bootargs: bootArguments(operands) }, { signal })
    return Exit.ok
  },
})
