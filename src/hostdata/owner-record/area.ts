import { ZoneError } from '../../errors.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import { bearsMagic, lookAtSlot, openSlot, type Sequenced, sealSlot, slotBytes } from './slot.ts'

/** At the end of a boot device, beyond what its guest sees. */
export const areaBytes = 1024 ** 2

/** Far apart: what destroys one need not destroy the other. */
const slotOffsets = [0, areaBytes / 2] as const

/** What everybody sees of the area. `data`: it is in use for something else. `sequence`: of the newest record. */
export type AreaSight =
  | { readonly status: 'blank' | 'data' }
  | { readonly status: 'host data'; readonly zone: string; readonly sequence: number }

export interface Expected {
  /** Uuid of the zone; undefined: whichever it is. */
  readonly zone: string | undefined
  readonly zoneKey: Uint8Array
  /** For messages. */
  readonly place: string
}

/** What is at the end of a device, without any key. */
export function lookAtArea(area: Buffer): AreaSight {
  const newest = sealedSlots(area)[0]
  if (newest !== undefined) {
    return { status: 'host data', zone: newest.zone, sequence: newest.sequence }
  }
  return { status: area.every((byte) => byte === 0) ? 'blank' : 'data' }
}

/** Whether one of the slots has something that is not whole, as far as everybody sees: it may have been the newest. */
export function isPartlyDamaged(area: Buffer): boolean {
  return slotsOfArea(area).some((block) => lookAtSlot(block).status === 'damaged')
}

/** Whether something of host data is there, if only damaged: what may be written over. */
export function hasRemains(area: Buffer): boolean {
  return slotsOfArea(area).some(bearsMagic)
}

/**
 * The record that holds: the newest that is whole. A slot that was being written when the power failed leaves the other one.
 *
 * @returns undefined if nothing was ever written there
 * @throws ZoneError HOSTDATA_OTHER, KEY_WRONG, HOSTDATA_DAMAGED
 */
export function openArea(area: Buffer, { zone, zoneKey, place }: Expected): Sequenced | undefined {
  const sealed = sealedSlots(area)
  const other = sealed.find((slot) => zone !== undefined && slot.zone !== zone)
  if (other !== undefined) {
    throw hostDataError('HOSTDATA_OTHER', place, `they are those of the zone with uuid ${other.zone}`)
  }
  if (sealed.length === 0) {
    if (slotsOfArea(area).every((block) => lookAtSlot(block).status === 'blank')) return undefined
    throw hostDataError('HOSTDATA_DAMAGED', place, 'both copies are damaged')
  }
  for (const { block } of sealed) {
    const content = openSlot(block, zoneKey)
    // Not passed over for an older one: somebody with another key has written here since.
    if (content.status === 'wrong key') {
      throw new ZoneError('Encryption key is incorrect', { code: 'KEY_WRONG' })
    }
    if (content.status === 'open') return content
  }
  throw hostDataError('HOSTDATA_DAMAGED', place, 'no copy authenticates')
}

/** Writes a record over the older of the two, and waits until it is on the storage itself. */
export async function writeRecord(
  store: BlockStore,
  offset: number,
  record: Sequenced,
  zoneKey: Uint8Array,
): Promise<void> {
  const place = offset + slotOffsets[record.sequence % 2 === 0 ? 0 : 1]
  await store.write(sealSlot(record, zoneKey), place)
  await store.flush()
}

export function readArea(store: BlockStore, offset: number): Promise<Buffer> {
  return store.read(offset, areaBytes)
}

/**
 * Whoever looks finds nothing.
 *
 * @param end what lies from there on stays
 */
export async function eraseArea(
  store: BlockStore,
  offset: number,
  end: number = offset + areaBytes,
): Promise<void> {
  await store.write(Buffer.alloc(Math.min(areaBytes, end - offset)), offset)
  await store.flush()
}

/** Puts back what was read there. */
export async function writeArea(store: BlockStore, offset: number, area: Buffer): Promise<void> {
  await store.write(area, offset)
  await store.flush()
}

/** Both copies, as they are. */
export const slotsOfArea = (area: Buffer): Buffer[] =>
  slotOffsets.map((offset) => area.subarray(offset, offset + slotBytes))

/** The slots that are whole as far as everybody sees, newest first. */
function sealedSlots(area: Buffer) {
  return slotsOfArea(area)
    .flatMap((block) => {
      const sight = lookAtSlot(block)
      return sight.status === 'sealed' ? [{ ...sight, block }] : []
    })
    .toSorted((a, b) => b.sequence - a.sequence)
}

export function hostDataError(code: string, place: string, what: string): ZoneError {
  return new ZoneError(`The host data on "${place}" cannot be used: ${what}`, { code })
}
