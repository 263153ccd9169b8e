import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { type OwnerRecord, ownerRecord } from './owner-record.ts'

/** One block of the device: it is written in one piece. */
export const slotBytes = 4096

// magic 16, sequence 8, zone 36, salt 32, key check 32, length 4, ciphertext, tag 16; SHA-256 of all that at the end.
const magic = Buffer.from('kzone-hostdata1\n')
const zoneOffset = 24
const saltOffset = 60
const checkOffset = 92
const lengthOffset = 124
const textOffset = 128
const tagBytes = 16
const digestOffset = slotBytes - 32
const mostTextBytes = digestOffset - textOffset - tagBytes

/** The record, and its place in the order of all that were written to this device. */
export interface Sequenced {
  readonly record: OwnerRecord
  readonly sequence: number
}

/** What everybody sees of a slot; `damaged`: something was here, and it is not what was written. */
export type SlotSight =
  | { readonly status: 'blank' }
  | { readonly status: 'damaged' }
  | { readonly status: 'sealed'; readonly zone: string; readonly sequence: number }

/** What a slot holds for whoever has a key. */
export type SlotContent =
  | { readonly status: 'blank' | 'damaged' | 'wrong key' }
  | ({ readonly status: 'open' } & Sequenced)

/**
 * A record as one block: encrypted and authenticated by AES-256-GCM with a key of its own, which is made of the zone's key and
 * a salt that no other block has (HKDF, RFC 5869). So no nonce is used twice, whatever becomes of any counter.
 *
 * @throws Error if the record is too long
 */
export function sealSlot({ record, sequence }: Sequenced, zoneKey: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(record))
  if (text.length > mostTextBytes) throw new Error(`An owner record of ${text.length} bytes is too long`)
  const block = Buffer.alloc(slotBytes)
  magic.copy(block)
  block.writeBigUInt64BE(BigInt(sequence), magic.length)
  block.write(record.zone.padEnd(36), zoneOffset, 36, 'latin1')
  randomBytes(32).copy(block, saltOffset)
  const keys = slotKeys(zoneKey, block)
  keys.check.copy(block, checkOffset)
  block.writeUInt32BE(text.length, lengthOffset)
  const cipher = createCipheriv('aes-256-gcm', keys.content, nonce)
  cipher.setAAD(block.subarray(0, textOffset))
  const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
  sealed.copy(block, textOffset)
  digest(block).copy(block, digestOffset)
  return block
}

/** What a slot is, without any key. Never throws, whatever the bytes. */
export function lookAtSlot(block: Buffer): SlotSight {
  if (block.every((byte) => byte === 0)) return { status: 'blank' }
  const isWhole =
    block.length === slotBytes &&
    bearsMagic(block) &&
    digest(block).equals(block.subarray(digestOffset)) &&
    block.readUInt32BE(lengthOffset) <= mostTextBytes
  if (!isWhole) return { status: 'damaged' }
  const sequence = Number(block.readBigUInt64BE(magic.length))
  return { status: 'sealed', zone: block.toString('latin1', zoneOffset, saltOffset).trimEnd(), sequence }
}

/** Whether something of a slot is there, if only a damaged one. */
export const bearsMagic = (block: Buffer): boolean => magic.equals(block.subarray(0, magic.length))

/** Opens a slot. Never throws, whatever the bytes: what does not authenticate is damaged. */
export function openSlot(block: Buffer, zoneKey: Uint8Array): SlotContent {
  const sight = lookAtSlot(block)
  if (sight.status !== 'sealed') return sight
  const keys = slotKeys(zoneKey, block)
  if (!timingSafeEqual(keys.check, block.subarray(checkOffset, lengthOffset))) return { status: 'wrong key' }
  const end = textOffset + block.readUInt32BE(lengthOffset)
  try {
    const decipher = createDecipheriv('aes-256-gcm', keys.content, nonce, { authTagLength: tagBytes })
    decipher.setAAD(block.subarray(0, textOffset))
    decipher.setAuthTag(block.subarray(end, end + tagBytes))
    const text = Buffer.concat([decipher.update(block.subarray(textOffset, end)), decipher.final()])
    const record = ownerRecord.parse(JSON.parse(text.toString()))
    return record.zone === sight.zone
      ? { status: 'open', record, sequence: sight.sequence }
      : { status: 'damaged' }
  } catch {
    return { status: 'damaged' }
  }
}

/** Each block has a key of its own: this one is used once. */
const nonce = Buffer.alloc(12)

const digest = (block: Buffer) => createHash('sha256').update(block.subarray(0, digestOffset)).digest()

function slotKeys(zoneKey: Uint8Array, block: Buffer) {
  const salt = block.subarray(saltOffset, checkOffset)
  const zone = block.toString('latin1', zoneOffset, saltOffset)
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', zoneKey, salt, `kzone host data 1 ${purpose} ${zone}`, 32))
  return { content: derive('content'), check: derive('check') }
}
