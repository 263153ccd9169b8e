import { rule } from '../rule.ts'

export const identityName = rule({
  id: 'identity/name',
  title: 'Name and uuid of the zone are free on the target, or its own',
  doc:
    'The target may have a configuration of this very zone, made beforehand. A zone of the same name with another uuid ' +
    'is another zone and would be overwritten; the same uuid under another name is a second copy of this one.',
  remedy: 'Rename the other zone; or delete the left-over copy on the target.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { zones: 'target.zones' },
  *check({ zones }, { zone }) {
    for (const other of zones) {
      if (other.name === zone.name && other.uuid !== null && other.uuid !== zone.uuid) {
        yield {
          property: 'zonename',
          source: `${zone.name} (${zone.uuid})`,
          target: `${other.name} (${other.uuid})`,
          why: 'Another zone has this name there',
          remedies: [
            {
              how: 'Rename the other zone',
              on: 'target',
              commands: [`zoneadm -z ${other.name} rename NEW-NAME`],
            },
          ],
        }
      }
      if (other.name !== zone.name && other.uuid === zone.uuid) {
        yield {
          property: 'uuid',
          source: `${zone.uuid} (${zone.name})`,
          target: `${other.uuid} (${other.name})`,
          why: 'The target has this zone already, under another name',
          remedies: [
            {
              how: 'Delete it there, if it is a left-over',
              on: 'target',
              commands: [`zonecfg -z ${other.name} delete`],
            },
          ],
        }
      }
    }
  },
})
