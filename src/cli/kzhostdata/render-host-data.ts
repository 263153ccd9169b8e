import type { ShownArea, ShownHostData } from '../../agent/api.ts'
import { formatSize } from '../format-quantity.ts'

const statusWords = {
  blank: 'empty',
  damaged: 'damaged',
  'wrong key': 'sealed with another key',
  open: 'whole',
} as const

/** The host data of a zone's boot devices, for people: what stands on the first, and how the others are. */
export function renderHostData({ replicas, ...lead }: ShownHostData): string[] {
  return [...renderLead(lead), ...replicas.flatMap(renderReplica)]
}

function renderReplica({ device, storage, sizeBytes, status, copies }: ShownArea): string[] {
  const record = newestOf(copies)?.record ?? undefined
  return [
    row(`on device ${device}`, `${storage} (${formatSize(sizeBytes)})`),
    ...(status === 'blank' ? [row('  host data', 'none')] : []),
    ...(status === 'data' ? [row('  host data', 'none that is whole')] : []),
    ...(record === undefined ? [] : [row('  owner', `${record.owner.name} (${record.owner.id})`)]),
    ...(record === undefined ? [] : [row('  guest sees', formatSize(record.sizeBytes))]),
    ...(status === 'host data' ? [row('  copies', wordsOf(copies))] : []),
  ]
}

const newestOf = (copies: ShownArea['copies']) => copies.find((copy) => copy.status === 'open')

const wordsOf = (copies: ShownArea['copies']) =>
  copies
    .map((copy) =>
      copy.sequence === null
        ? statusWords[copy.status]
        : `number ${copy.sequence} ${statusWords[copy.status]}`,
    )
    .join(', ')

function renderLead({ storage, sizeBytes, status, copies }: ShownArea): string[] {
  const newest = newestOf(copies)
  const words = wordsOf(copies)
  const place = [row('storage', `${storage} (${formatSize(sizeBytes)})`)]
  if (status === 'blank') return [...place, row('host data', 'none')]
  if (status === 'data') return [...place, row('host data', 'none that is whole')]
  const record = newest?.record ?? undefined
  if (record === undefined) return [...place, row('copies', words)]
  const { zone, name, owner, state, generation, updatedAt, transit, image, configDigest, timeOffsetSeconds } =
    record
  return [
    row('zone', `${name} (${zone})`),
    row('owner', `${owner.name} (${owner.id})`),
    row('state', state),
    row('generation', `${generation}`),
    row('last update', updatedAt),
    ...(transit === undefined
      ? []
      : [row('on its way to', `${transit.to.name}, by migration ${transit.ticket}`)]),
    ...(image === undefined ? [] : [row('suspend image', `${image.place} (${image.id})`)]),
    ...(timeOffsetSeconds === undefined ? [] : [row('guest clock', `${timeOffsetSeconds} s ahead of UTC`)]),
    ...(configDigest === undefined ? [] : [row('configuration', `sha256 ${configDigest}`)]),
    ...place,
    row('guest sees', formatSize(record.sizeBytes)),
    row('copies', words),
  ]
}

const row = (name: string, value: string) => `${`${name}:`.padEnd(15)} ${value}`
