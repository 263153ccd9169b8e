import { type CounterRecord, ringBlocks } from '../guest/counter-disk.ts'
import type { Write } from './witness-event.ts'

const show = ({ host, bootId, write, number }: Write) =>
  `${host} wrote ${write} (${number}, boot ${bootId.slice(0, 8)})`

const isSame = (a: CounterRecord, b: CounterRecord) =>
  a.bootId === b.bootId && a.write === b.write && a.number === b.number

/**
 * Looks for a second writer in what the storage was sent. One guest counts its writes without a repetition; a guest that runs
 * twice, or goes on from memory that went on elsewhere, must use a number again, or write from a host that it has left, or
 * write after its successor was booted.
 *
 * @param writes in the order in which the storage got them
 * @returns each contradiction, in words; empty if there was one runner at any time
 */
export function secondWriters(writes: readonly (Write & { readonly isConfirmed: boolean })[]): string[] {
  const faults: string[] = []
  const left = new Set<string>()
  const ended = new Set<string>()
  for (const [index, write] of writes.entries()) {
    const before = writes[index - 1]
    if (before === undefined) continue
    // What the storage did not confirm, as when it was away, is sent again by the same host.
    const isRepeated = isSame(before, write) && before.host === write.host && !before.isConfirmed
    if (before.bootId !== write.bootId) {
      ended.add(before.bootId)
      left.clear()
    } else if (before.host !== write.host) left.add(before.host)
    if (ended.has(write.bootId)) faults.push(`${show(write)} after a later boot had written`)
    else if (left.has(write.host)) faults.push(`${show(write)} after the guest had left that host`)
    else if (before.bootId === write.bootId && write.write <= before.write && !isRepeated)
      faults.push(`${show(write)} after ${show(before)}`)
  }
  return faults
}

/**
 * Looks for confirmed writes that the disk does not hold.
 *
 * @param confirmed ids of the writes that the storage had confirmed when the ring was read
 * @param ring the records on the disk, by block
 * @param writes all writes until after the ring was read, in the order in which the storage got them
 */
export function lostWrites(
  confirmed: ReadonlySet<number>,
  ring: readonly (CounterRecord | undefined)[],
  writes: readonly Write[],
): string[] {
  return Array.from({ length: ringBlocks }, (_, block) => {
    const here = writes.filter(({ write }) => write % ringBlocks === block)
    const lastConfirmed = here.findLastIndex(({ id }) => confirmed.has(id))
    const last = here[lastConfirmed]
    const record = ring[block]
    if (last === undefined) return []
    // A write that came later and was not confirmed may have been carried out or not.
    const isHeld = record !== undefined && here.slice(lastConfirmed).some((write) => isSame(write, record))
    return isHeld ? [] : [`the disk does not hold what was confirmed: ${show(last)}`]
  }).flat()
}
