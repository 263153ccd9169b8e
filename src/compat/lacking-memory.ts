import type { BootRecord, HugePages, Memory, ZoneSummary } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import { backingPages } from './backing-pages.ts'
import { exactBytes, roughBytes } from './bytes.ts'
import { freeMemoryBytes } from './free-memory.ts'
import { isUp } from './remedies.ts'
import type { Context, DifferenceDraft, RemedyDraft } from './rule.ts'

interface Found {
  readonly pools: readonly HugePages[]
  readonly existing: Contract | null
}

interface FoundMemory extends Found {
  readonly memory: Memory
  readonly booted: Pick<BootRecord, 'memoryBytes'>
  readonly zones: readonly ZoneSummary[] | undefined
}

/** What the target lacks of normal pages for the zone, if it gets those there: nothing, or one difference. */
export function lackingMemory(
  { memory, pools, existing, booted, zones }: FoundMemory,
  { contract, target: { host } }: Context,
): DifferenceDraft[] {
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
}

/** What the target lacks of the huge pages that the zone's policy demands: nothing, or one difference. */
export function lackingPages({ pools, existing }: Found, { contract, target }: Context): DifferenceDraft[] {
  const { memory } = existing ?? contract
  const backing = backingPages(memory, pools)
  if (backing.from !== 'nowhere') return []
  const { sizeBytes, freePages } = backing
  const why = 'Without these pages the zone does not start there at all'
  const policy = memory.pagesizePolicy ?? ''
  if (sizeBytes === undefined) {
    return [
      {
        property: 'capped-memory:pagesize-policy',
        source: `${policy}, for ${exactBytes(memory.physicalBytes)}`,
        target: 'no huge pages of any size',
        why,
        remedies: [
          {
            how: `Give ${target.host.name} huge pages at its boot (hugepagesz= and hugepages= of the kernel)`,
          },
        ],
      },
    ]
  }
  const needed = Math.ceil(memory.physicalBytes / sizeBytes)
  const pool = `/sys/kernel/mm/hugepages/hugepages-${sizeBytes / 1024}kB/nr_hugepages`
  const missing = needed - freePages
  return [
    {
      property: 'capped-memory:pagesize-policy',
      source: `${policy}: ${needed} pages of ${exactBytes(sizeBytes)}`,
      target: `${freePages} pages of ${exactBytes(sizeBytes)} free`,
      why:
        missing > 0 ? why : `An amount of ${exactBytes(memory.physicalBytes)} is no multiple of such a page`,
      remedies: [
        missing > 0
          ? {
              how: `Make ${missing} more on ${target.host.name}, and see how many there are then: the kernel makes as many as it can`,
              on: 'target',
              commands: [`echo $(( $(cat ${pool}) + ${missing} )) > ${pool}; cat ${pool}`],
            }
          : { how: 'Choose an amount of memory that is a multiple of the page size, on both hosts' },
      ],
    },
  ]
}

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
