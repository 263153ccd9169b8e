import type { ZoneSummary } from '../../facts/schema.ts'
import { backingPages } from '../backing-pages.ts'
import { exactBytes, roughBytes } from '../bytes.ts'
import { freeMemoryBytes } from '../free-memory.ts'
import { isUp } from '../remedies.ts'
import { type RemedyDraft, rule } from '../rule.ts'

export const memoryAvailable = rule({
  id: 'memory/available',
  title: 'The target has memory for the zone',
  doc:
    'The zone needs its whole capped-memory:physical on the target. What has been promised to other zones and to ' +
    'incoming migrations there does not count as free, even if they have not touched it yet, nor do pools of huge ' +
    'pages. Memory that the zone takes from such a pool is the matter of memory/pages.',
  remedy: 'Free memory on the target, or choose another one.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: {
    memory: 'target.memory',
    pools: 'target.hugepages',
    existing: 'targetContract',
    booted: 'boot',
  },
  wants: { zones: 'target.zones' },
  check({ memory, pools, existing, booted, zones }, { contract, target: { host } }) {
    const wanted = (existing ?? contract).memory
    if (backingPages(wanted, pools).from !== 'normal') return []
    const neededBytes = Math.max(wanted.physicalBytes, booted.memoryBytes)
    const freeBytes = Math.max(0, freeMemoryBytes(memory, pools))
    if (freeBytes >= neededBytes) return []
    return [
      {
        property: 'capped-memory:physical',
        source: exactBytes(neededBytes),
        target: `${roughBytes(freeBytes)} of ${roughBytes(memory.totalBytes)} free (${roughBytes(memory.committedBytes)} promised to zones)`,
        why: 'The target would run out of memory and end this guest or others',
        remedies: [
          makeRoom(`${roughBytes(neededBytes - freeBytes)} more on ${host.name}`, zones ?? []),
          { how: 'Or choose another target' },
        ],
      },
    ]
  },
})

function makeRoom(missing: string, zones: readonly ZoneSummary[]): RemedyDraft {
  const running = zones
    .filter((zone) => isUp(zone))
    .toSorted((a, b) => b.memoryBytes - a.memoryBytes)
    .slice(0, 5)
    .map(({ name, memoryBytes }) => `${name} ${exactBytes(memoryBytes)}`)
  const which = running.length === 0 ? '' : ` (${running.join(', ')})`
  return {
    how: `Free ${missing}: shut a zone down there or migrate it away${which}; then see what is free`,
    on: 'target',
    commands: ['zoneadm facts'],
  }
}
