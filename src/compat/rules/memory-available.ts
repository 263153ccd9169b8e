import { exactBytes, roughBytes } from '../bytes.ts'
import { freeInPool, isPoolBacked, mayUseSmallerPages } from '../huge-pages.ts'
import { rule } from '../rule.ts'

export const memoryAvailable = rule({
  id: 'memory/available',
  title: 'The target has memory for the zone',
  doc:
    'The zone needs its whole capped-memory:physical on the target. What has been promised to other zones and to ' +
    'incoming migrations there does not count as free, even if they have not touched it yet. Memory that comes from ' +
    'a pool of huge pages is the matter of memory/pages.',
  remedy: 'Free memory on the target, or choose another one.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: {
    memory: 'target.memory',
    booted: 'boot',
    sourcePools: 'source.hugepages',
    targetPools: 'target.hugepages',
  },
  check({ memory, booted, sourcePools, targetPools }, { contract }) {
    const { totalBytes, availableBytes, committedBytes, takenBytes } = memory
    const neededBytes = Math.max(contract.memory.physicalBytes, booted.memoryBytes)
    if (isPoolBacked(booted, sourcePools)) {
      if (!mayUseSmallerPages(contract) || freeInPool(booted, targetPools) >= neededBytes) return []
    }
    const freeBytes = Math.min(availableBytes - (committedBytes - takenBytes), totalBytes - committedBytes)
    if (freeBytes >= neededBytes) return []
    return [
      {
        property: 'capped-memory:physical',
        source: exactBytes(neededBytes),
        target: `${roughBytes(Math.max(0, freeBytes))} free (${roughBytes(committedBytes)} promised to zones)`,
        why: 'The target would run out of memory and end this guest or others',
        remedies: [
          {
            how: 'See which zones of the target have how much',
            on: 'target',
            commands: ['zoneadm list -cv'],
          },
          { how: 'Or choose another target' },
        ],
      },
    ]
  },
})
