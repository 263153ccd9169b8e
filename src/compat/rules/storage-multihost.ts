import { zoneadm, zonecfg } from '../commands.ts'
import { rule } from '../rule.ts'

export const storageMultihost = rule({
  id: 'storage/multihost',
  title: 'No disk allows multihost disk control',
  doc:
    'A device with allow-mhd=true can hold reservations that are tied to the host it is used from. They do not follow ' +
    'a running guest, so such a zone moves cold or warm only.',
  remedy:
    'Set allow-mhd=false and reboot, if the guest does not need it; or migrate the zone while it is down.',
  kinds: ['live'],
  severity: 'error',
  needs: {},
  *check(_, { contract, zone, intent }) {
    for (const { id, allowMhd } of contract.devices) {
      if (!allowMhd) continue
      yield {
        property: `device ${id}:allow-mhd`,
        source: 'true',
        target: 'reservations do not follow',
        why: 'A reservation that the guest holds on the disk belongs to the host that it leaves',
        remedies: [
          {
            how: 'Switch it off, if the guest does not need it, and reboot',
            commands: [
              zonecfg(zone.name, `select device id=${id}`, 'set allow-mhd=false', 'end'),
              zoneadm(zone.name, 'reboot'),
            ],
          },
          {
            how: 'Or move the zone while it is down',
            commands: [zoneadm(zone.name, 'shutdown'), zoneadm(zone.name, 'migrate', intent.targetUri)],
          },
        ],
      }
    }
  },
})
