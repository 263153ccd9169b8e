import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'
import { LifecycleView } from '../../lifecycle-view.ts'

export const suspend = zoneCommand({
  name: 'suspend',
  summary: 'Save the running guest to storage, and end it; boot lets it go on',
  synopsis: '',
  operands: [],
  options: {},
  details: [
    "The place is that of the zone's suspend resource. If anything fails, the zone goes on running. Ctrl-C asks for a",
    'cancel, with the same result.',
  ],

  async run(context) {
    const { zone, signal, agent } = context
    using view = new LifecycleView(context)
    await (await agent()).call('zone/suspend', { zone }, { signal, onProgress: view.progress.bind(view) })
    return Exit.ok
  },
})
