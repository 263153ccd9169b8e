import { Exit, ZoneError } from '../../../errors.ts'
import { bootArguments } from '../../boot-arguments.ts'
import { zoneCommand } from '../../command.ts'
import { LifecycleView } from '../../lifecycle-view.ts'
import { mediumOption, mediumUri } from '../../medium.ts'

export const boot = zoneCommand({
  name: 'boot',
  summary: 'Boot the zone; a suspended one goes on where it was',
  synopsis: '[--discard] [-b medium] [-- bootargs]',
  operands: ['bootargs...'],
  options: {
    ...mediumOption,
    discard: { type: 'boolean', help: 'give a suspended guest up, and boot from the disk' },
  },

  async run(context, operands, { discard = false, medium }) {
    const { zone, signal, agent } = context
    using view = new LifecycleView(context)
    const params = { zone, bootargs: bootArguments(operands), discard, medium: mediumUri(medium) }
    try {
      await (await agent()).call('zone/boot', params, { signal, onProgress: view.progress.bind(view) })
      return Exit.ok
    } catch (error) {
      if (error instanceof ZoneError && error.code === 'REFUSED') view.showReport()
      throw error
    }
  },
})
