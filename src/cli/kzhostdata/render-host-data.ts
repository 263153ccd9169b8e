import type { ShownHostData } from '../../agent/api.ts'
import { formatSize } from '../format-quantity.ts'

const statusWords = {
  blank: 'empty',
  damaged: 'damaged',
  'wrong key': 'sealed with another key',
  open: 'whole',
} as const

/** The host data of a boot device, for people. */
export function renderHostData({ storage, sizeBytes, status, copies }: ShownHostData): string[] {
  const [newest] = copies.filter((copy) => copy.status === 'open')
  const words = copies.map((copy) =>
    copy.sequence === null ? statusWords[copy.status] : `number ${copy.sequence} ${statusWords[copy.status]}`,
  )
  const place = [row('storage', `${storage} (${formatSize(sizeBytes)})`)]
  if (status === 'blank') return [...place, row('host data', 'none')]
  if (status === 'data') return [...place, row('host data', 'none that is whole')]
  const record = newest?.record ?? undefined
  if (record === undefined) return [...place, row('copies', words.join(', '))]
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
    row('copies', words.join(', ')),
  ]
}

const row = (name: string, value: string) => `${`${name}:`.padEnd(15)} ${value}`
