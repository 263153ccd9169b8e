import { pathOf } from '../property-path.ts'
import { changeAndReboot, configureBoth, moveWhileDown } from '../remedies.ts'
import { rule } from '../rule.ts'

export const storageMultihost = rule({
  id: 'storage/multihost',
  title: 'No disk allows multihost disk control',
  doc:
    'A device with allow-mhd=true can hold reservations that are tied to the host it is used from. They do not follow ' +
    'a running guest, so such a zone moves only while it is down.',
  remedy: 'Set allow-mhd=false and reboot, if the guest does not need it; or move the zone while it is down.',
  kinds: ['live'],
  severity: 'error',
  needs: {},
  wants: { existing: 'targetContract' },
  *check({ existing }, context) {
    const { zone, contract } = context
    const targetHasOne = existing !== undefined && existing !== null
    for (const { id, allowMhd } of contract.devices) {
      if (!allowMhd) continue
      yield {
        property: pathOf('device', id, 'allow-mhd'),
        source: 'true',
        target: 'must be false for a live migration',
        why: 'A reservation that the guest holds on the disk belongs to the host that it leaves',
        remedies: [
          {
            how: 'Switch it off, if the guest does not need it, and reboot',
            commands: changeAndReboot(
              zone,
              configureBoth(zone.name, targetHasOne, `select device id=${id}`, 'set allow-mhd=false', 'end'),
            ),
          },
          moveWhileDown(context, targetHasOne),
        ],
      }
    }
  },
})
