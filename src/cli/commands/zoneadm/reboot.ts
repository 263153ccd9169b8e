import { Exit } from '../../../errors.ts'
import { bootArguments } from '../../boot-arguments.ts'
import { zoneCommand } from '../../command.ts'
import { showLines } from '../../show-lines.ts'

export const reboot = zoneCommand({
  name: 'reboot',
  summary: 'Stop the zone at once and boot it again',
  synopsis: '[-- bootargs]',
  operands: ['bootargs...'],
  options: {},

  async run(context, operands) {
    const { zone, signal, agent } = context
    const options = { signal, onProgress: showLines(context) }
    await (await agent()).call('zone/reboot', { zone, bootargs: bootArguments(operands) }, options)
    return Exit.ok
  },
})
