import { zoneadm, zonecfg } from '../commands.ts'
import { rule } from '../rule.ts'
import { isShared } from '../storage-uri.ts'

export const storageLocal = rule({
  id: 'storage/local',
  title: 'Every disk is on storage that both hosts reach',
  doc:
    'A device on local storage (dev: or file:, or one given by match) stays behind when the zone leaves. Remove the ' +
    'device if the zone does not need it to boot, convert it to shared storage with zoneadm move, or move the zone ' +
    'by a unified archive.',
  remedy:
    'Convert the disk to shared storage with zoneadm move, remove it if nothing needs it, or use a unified archive.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: {},
  *check(_, { contract, zone, target }) {
    for (const { id, storage, match, bootpri } of contract.devices) {
      if (storage !== undefined && isShared(storage)) continue
      const isBootDisk = bootpri !== undefined
      yield {
        property: `device ${id}:${storage === undefined ? 'match' : 'storage'}`,
        source: `${storage ?? match ?? 'not set'} (${isBootDisk ? 'boot disk' : 'data disk'})`,
        target: `not on ${target.host.name}`,
        why: 'A local disk stays behind when the zone leaves its host',
        remedies: [
          {
            how: 'Convert it to shared storage',
            commands: [zoneadm(zone.name, 'move', '-p', 'SHARED-URI')],
          },
          ...(isBootDisk
            ? []
            : [
                {
                  how: 'Or remove it, if nothing needs it',
                  commands: [zonecfg(zone.name, `remove device id=${id}`)],
                },
              ]),
          { how: `Or make a unified archive of the zone and install it from that on ${target.host.name}` },
        ],
      }
    }
  },
})
