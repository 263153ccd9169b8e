import { isShared } from '../../zone/suri/suri.ts'
import { exactBytes } from '../bytes.ts'
import { zonecfg } from '../commands.ts'
import { probesByUri } from '../facts-index.ts'
import { lookAtStorage, newStorage, whileAwake } from '../remedies.ts'
import { rule } from '../rule.ts'

export const storageSuspendSize = rule({
  id: 'storage/suspend-size',
  title: 'The target can open the storage of the suspend image, and it is large enough',
  doc:
    'The suspend image of a warm migration is read on the target from suspend:storage. That has to be as large as ' +
    'capped-memory:physical at least, and the target must be able to open it: a guest whose image cannot be read boots ' +
    'anew, and what was in its memory is lost.',
  remedy: 'Let the target in, or give the suspend image larger storage and suspend the zone anew.',
  kinds: ['warm'],
  severity: 'error',
  needs: { probes: 'target.storage' },
  *check({ probes }, { contract, zone, target }) {
    const { suspend, memory } = contract
    // What is not shared is the matter of storage/suspend-image.
    if (suspend?.storage === undefined || !isShared(suspend.storage)) return
    const { storage } = suspend
    const property = 'suspend:storage'
    const probe = probesByUri(probes).get(storage)
    if (probe === undefined) {
      const unknown = `nobody has tried to open ${storage} from ${target.host.name}`
      yield {
        property,
        on: 'target',
        unknown,
        remedies: [lookAtStorage(storage, 'target', 'Try it, then check again')],
      }
    } else if ('error' in probe) {
      yield {
        property,
        source: storage,
        target: probe.error,
        why: 'The guest would boot anew there: what is in its memory would be lost',
        remedies: [lookAtStorage(storage, 'target', `Let ${target.host.name} in, then try`)],
      }
    } else if (probe.opened.sizeBytes < memory.physicalBytes) {
      const name = zonecfg(zone.name, 'select suspend', `set storage=${newStorage}`, 'end')
      yield {
        property,
        source: `${exactBytes(memory.physicalBytes)} of memory`,
        target: `${exactBytes(probe.opened.sizeBytes)} (${storage})`,
        why: 'The image of the memory may not fit',
        remedies: [
          {
            how: 'Let the guest go on here, name larger storage (fill in HOST, IQN and LUN), and suspend it anew',
            commands: whileAwake(zone, [{ on: 'source', command: name }]),
          },
        ],
      }
    }
  },
})
