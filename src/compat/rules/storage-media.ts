import { quote, zonecfg } from '../commands.ts'
import { pathOf } from '../property-path.ts'
import { changeAndReboot, configureBoth, here, newStorage, whileDown } from '../remedies.ts'
import { rule } from '../rule.ts'
import { isMediumDevice } from '../storage-uri.ts'

export const storageMedia = rule({
  id: 'storage/media',
  title: 'No installation medium of the source is left in the zone',
  doc:
    'An ISO image in a file of the source, or its CD drive, named by storage or by match, is often left in a zone after the installation. It stays ' +
    'behind like any local disk, but nobody misses it: remove the device. If the guest needs it, carry it over to ' +
    'shared storage.',
  remedy: 'Remove the device, or carry the medium over to shared storage.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: {},
  wants: { existing: 'targetContract' },
  *check({ existing }, { contract, zone, target }) {
    for (const device of contract.devices) {
      if (!isMediumDevice(device)) continue
      const { id, storage, match = '', bootpri } = device
      const targetHasOne = existing?.devices.some((other) => other.id === id) ?? false
      const byMatch = storage === undefined
      const copy = `qemu-img convert -n -p -f raw -O raw ${quote(match)} iscsi://HOST/IQN/LUN`
      const there = zonecfg(
        zone.name,
        `select device id=${id}`,
        ...(byMatch ? ['clear match'] : []),
        `set storage=${newStorage}`,
        'end',
      )
      yield {
        property: pathOf('device', id, byMatch ? 'match' : 'storage'),
        source: `${storage ?? match} (medium${bootpri === undefined ? '' : ', boot disk'})`,
        target: `not on ${target.host.name}`,
        why: 'The medium stays behind when the zone leaves its host',
        remedies: [
          {
            how: `Take the medium out: remove device ${id}`,
            commands: changeAndReboot(zone, configureBoth(zone.name, targetHasOne, `remove device id=${id}`)),
          },
          {
            how: 'Or carry it over to a logical unit at least as large that both hosts may use (fill in HOST, IQN and LUN)',
            commands: whileDown(zone, [
              ...(byMatch
                ? [{ on: 'source', command: copy } as const, { on: 'source', command: there } as const]
                : [here(zone, 'move', '-p', newStorage, '-x', `id=${id}`)]),
              ...(targetHasOne ? [{ on: 'target', command: there } as const] : []),
            ]),
          },
        ],
      }
    }
  },
})
