import type { ZoneState } from '../input.ts'
import { here, whileDown } from '../remedies.ts'
import { rule } from '../rule.ts'

export const identityOwnerRecord = rule({
  id: 'identity/owner-record',
  title: 'The boot devices of the zone say whose the zone is',
  doc:
    'A zone that was installed by this release has host data on its boot devices: every host that reaches the disk sees ' +
    'there whose the zone is, also one that was never told of a migration. A zone without them migrates as well as any ' +
    'other, but nothing on its disk keeps a third host from attaching it. Where only some of its boot devices have them, ' +
    'nothing tells that one of the others is in the wrong place. NBD storage has none, since its server may let in one ' +
    'client alone.',
  remedy: 'Give the boot device a MiB that the guest does not use, and begin host data there.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: {},
  wants: { owner: 'owner' },
  *check({ owner }, { contract, zone }) {
    if (owner?.status === 'ours') {
      for (const id of owner.without ?? []) {
        yield {
          property: `host data on device ${id}`,
          source: 'none',
          target: 'comes without',
          why: 'Whose the zone is stands on its other boot devices alone: this one can be exchanged without being noticed',
          remedies: beginning(
            zone,
            'While the zone is down, if its storage is a file or a unit that is not in use: begin host data there',
          ),
        }
      }
    }
    if (owner?.status !== 'none') return
    // Without a boot device there is nothing that a second machine could destroy.
    if (contract.devices.every(({ bootpri }) => bootpri === undefined)) return
    yield {
      property: 'host data',
      source: 'none',
      target: 'comes without',
      why: `${owner.why}: nothing on the disk says whose the zone is`,
      remedies: beginning(
        zone,
        'While the zone is down: make the boot device 1 MiB larger, or see that its last MiB is not in use; then begin host data',
      ),
    }
  },
})

function beginning(zone: ZoneState, how: string) {
  const commands = [here(zone, 'detach'), here(zone, 'attach', '-x', 'initialize-hostdata')]
  return [{ how, commands: whileDown(zone, commands) }]
}
