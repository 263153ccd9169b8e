import { zoneadm } from '../commands.ts'
import { isUp } from '../remedies.ts'
import { rule } from '../rule.ts'

export const identityOwner = rule({
  id: 'identity/owner',
  title: "The zone is the source's by the host data on its boot device",
  doc:
    'The boot device of a zone says whose the zone is. If it names another host, the zone was taken over from there, as ' +
    'while this host was cut off: what this host has of it is old, and must not run anywhere. If the record cannot be ' +
    'read, the target could not take the zone over either.',
  remedy: 'Find out on which host the zone is to be, and attach it there.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { owner: 'owner' },
  *check({ owner }, { zone, source }) {
    if (owner?.status !== 'other') return
    const { host, state, updatedAt } = owner
    yield {
      property: 'host data: owner',
      source: `${host} (${state}, ${updatedAt}), and not ${source.host.name}`,
      target: 'takes a zone from its owner only',
      why: 'Two hosts that run a zone on one disk destroy it',
      remedies: [
        {
          how: `Migrate it from ${host}, if it is there`,
          commands: [zoneadm(zone.name, 'list', '-s')],
        },
        {
          how: `Only if it is not active on ${host} any more: take it over, then migrate it`,
          commands: [
            ...(isUp(zone) ? [zoneadm(zone.name, 'halt')] : []),
            zoneadm(zone.name, 'mark', 'unavailable'),
            zoneadm(zone.name, 'attach', '-x', 'force-takeover'),
            zoneadm(zone.name, 'boot'),
          ],
        },
      ],
    }
  },
})
