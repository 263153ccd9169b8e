import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'
import { confirm } from '../../confirm.ts'
import { showLines } from '../../show-lines.ts'

export const uninstall = zoneCommand({
  name: 'uninstall',
  summary: 'Remove the installed zone; its configuration stays',
  synopsis: '[-F]',
  operands: [],
  options: { force: { type: 'boolean', short: 'F', help: 'do not ask' } },

  async run(context, _, { force = false }) {
    const { program, zone, io, signal, agent } = context
    const confirmation = {
      verb: 'uninstall',
      question: `Are you sure you want to uninstall zone ${zone}`,
      force: `${program} -z ${zone} uninstall -F`,
    }
    if (!force) await confirm(io, confirmation, signal)
    await (await agent()).call('zone/uninstall', { zone }, { signal, onProgress: showLines(context) })
    return Exit.ok
  },
})
