import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'
import { LifecycleView } from '../../lifecycle-view.ts'
import { readSuri } from '../../read-suri.ts'
import { usageError } from '../../usage-error.ts'

export const move = zoneCommand({
  name: 'move',
  summary: "Move the zone's disks to other storage, while it runs or while it is down",
  synopsis: '[-Fv] -p URI [-p URI…] [-x id=N…]',
  operands: [],
  options: {
    path: {
      type: 'string',
      short: 'p',
      multiple: true,
      value: 'URI',
      help: 'new storage; several are for the boot disks in their order, then for the other disks by id',
    },
    extended: {
      type: 'string',
      short: 'x',
      multiple: true,
      value: 'id=N',
      help: 'device that goes there, one for each -p',
    },
    force: {
      type: 'boolean',
      short: 'F',
      help: 'overwrite data that is on the new storage, but not the boot disk of another zone',
    },
    verbose: { type: 'boolean', short: 'v', help: 'accepted; progress is shown in any case' },
  },
  details: [
    'The guest goes on while its disks are copied, and notices nothing of the switch. New storage of a running zone must',
    'have exactly the size of the old; that of a boot disk with host data may be larger. What is not there yet is made,',
    'where its scheme can make it. Ctrl-C, and any failure, leave the zone on its old storage. The old storage stays as it',
    'is in any case.',
  ],

  async run(context, _, { path = [], extended = [], force = false }) {
    const { zone, signal, agent } = context
    const wishes = wishesOf(path, extended)
    using view = new LifecycleView(context)
    const onProgress = view.progress.bind(view)
    await (await agent()).call('zone/move', { zone, wishes, force }, { signal, onProgress })
    return Exit.ok
  },
})

/** @throws ZoneError USAGE, SURI_INVALID */
export function wishesOf(uris: readonly string[], extended: readonly string[]) {
  if (uris.length === 0) throw usageError('it takes the new storage: -p URI')
  if (extended.length > 0 && extended.length !== uris.length) {
    throw usageError(
      `there are ${uris.length} -p and ${extended.length} -x: give one -x id=N for each -p, or none`,
    )
  }
  return uris.map(readSuri).map((uri, index) => {
    const option = extended[index]
    if (option === undefined) return { uri }
    const id = /^id=(\d+)$/.exec(option)?.[1]
    if (id === undefined) throw usageError(`-x takes the id of a device: -x id=N, not "${option}"`)
    return { uri, id: Number(id) }
  })
}
