import { isShared } from '../../zone/suri/suri.ts'
import { zonecfg } from '../commands.ts'
import { newStorage, whileAwake } from '../remedies.ts'
import { rule } from '../rule.ts'

export const storageSuspendImage = rule({
  id: 'storage/suspend-image',
  title: 'The suspend image is on storage that both hosts reach',
  doc:
    'A warm migration leaves the memory of the guest in its suspend image. suspend:storage must name shared storage; ' +
    'with suspend:path the image is on the source alone.',
  remedy: 'Set suspend:storage to shared storage, and suspend the zone anew.',
  kinds: ['warm'],
  severity: 'error',
  needs: {},
  *check(_, { contract, zone, target }) {
    const { path, storage } = contract.suspend ?? {}
    if (storage !== undefined && isShared(storage)) return
    const property = storage === undefined && path !== undefined ? 'suspend:path' : 'suspend:storage'
    const begin = contract.suspend === undefined ? 'add suspend' : 'select suspend'
    const clear = path === undefined ? [] : ['clear path']
    const name = zonecfg(zone.name, begin, ...clear, `set storage=${newStorage}`, 'end')
    yield {
      property,
      source: storage ?? path ?? 'not set',
      target: `not on ${target.host.name}`,
      why: 'The memory of the guest would stay behind, and it would boot anew instead of going on',
      remedies: [
        {
          how: 'Let the guest go on here, name shared storage (fill in HOST, IQN and LUN), and suspend it anew',
          commands: whileAwake(zone, [{ on: 'source', command: name }]),
        },
      ],
    }
  },
})
