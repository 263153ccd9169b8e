import { Exit } from '../../../errors.ts'
import { bootArguments } from '../../boot-arguments.ts'
import { zoneCommand } from '../../command.ts'
import { usageError } from '../../usage-error.ts'

export const shutdown = zoneCommand({
  name: 'shutdown',
  summary: 'Ask the guest to shut down, and wait until it has',
  synopsis: '[-r [-- bootargs]]',
  operands: ['bootargs...'],
  options: { reboot: { type: 'boolean', short: 'r', help: 'boot it again afterwards' } },

  async run({ zone, signal, agent }, operands, { reboot = false }) {
    if (operands.length > 0 && !reboot) throw usageError('boot arguments need -r')
    const params = { zone, reboot, bootargs: bootArguments(operands) }
    await (await agent()).call('zone/shutdown', params, { signal })
    return Exit.ok
  },
})
