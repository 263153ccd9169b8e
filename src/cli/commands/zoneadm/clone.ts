import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'
import { printLine } from '../../io.ts'
import { LifecycleView } from '../../lifecycle-view.ts'
import { unknownName } from '../../usage-error.ts'

const initializeOption = 'initialize-hostdata'

export const clone = zoneCommand({
  name: 'clone',
  summary: 'Install the zone from the disks of another zone of this host, which is down',
  synopsis: '[-x initialize-hostdata] source-zone',
  operands: ['source-zone'],
  options: {
    extended: { type: 'string', short: 'x', multiple: true, value: 'name', help: 'see below' },
  },
  details: [
    'Each disk is copied to the disk of the same id; one that is not there yet is made, with the same size if create-size is',
    'not set. What the guest has written on them, such as its own name and keys, is on the copy too.',
    'initialize-hostdata   whatever is at the end of the new first boot device is needed by nobody, nor are host data on others',
    '                      and no other host runs a zone on them: where host data cannot be opened, nobody can see that',
  ],

  async run(context, [source = ''], { extended = [] }) {
    const { zone, io, signal, agent } = context
    const unknown = extended.find((name) => name !== initializeOption)
    if (unknown !== undefined) throw unknownName('option -x', unknown, [initializeOption])
    using view = new LifecycleView(context)
    const options = { signal, onProgress: view.progress.bind(view) }
    const params = { zone, source, initialize: extended.length > 0 }
    const { seconds } = await (await agent()).call('zone/clone', params, options)
    printLine(io.stdout, `Done: Cloned in ${seconds.toFixed(3)} seconds.`)
    return Exit.ok
  },
})
