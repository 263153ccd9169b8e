import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { ByteReader } from '../../util/byte-reader.ts'
import { imageDamaged } from './image-error.ts'

/** Most plain bytes of a chunk. */
export const maxChunkBytes = 1024 * 1024
const cipher = 'aes-256-gcm'
const tagBytes = 16
const wordBytes = 4
const lastFlag = 0x8000_0000

/**
 * One encrypted chunk: a word with its length and whether it is the last, the cipher text, the tag. Its number and that
 * word are a part of the nonce and of what is authenticated, so that it fits at its own place only.
 */
export function sealChunk(key: Uint8Array, number: number, isLast: boolean, plain: Uint8Array): Buffer {
  const word = wordOf(plain.length, isLast)
  const seal = createCipheriv(cipher, key, nonceOf(number, isLast)).setAAD(word)
  return Buffer.concat([word, seal.update(plain), seal.final(), seal.getAuthTag()])
}

/** Regroups bytes into pieces of a chunk's size, and tells which is the last; nothing at all is one empty piece. */
export async function* toChunks(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly plain: Buffer; readonly isLast: boolean }> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (const bytes of source) {
    held.push(bytes)
    heldBytes += bytes.length
    // A full chunk is kept until there is more: it may be the last.
    if (heldBytes <= maxChunkBytes) continue
    let all = Buffer.concat(held)
    for (; all.length > maxChunkBytes; all = all.subarray(maxChunkBytes)) {
      yield { plain: all.subarray(0, maxChunkBytes), isLast: false }
    }
    held = [all]
    heldBytes = all.length
  }
  yield { plain: Buffer.concat(held), isLast: true }
}

export interface ChunkPlace {
  readonly key: Uint8Array
  readonly number: number
  /** Of the image, for messages. */
  readonly place: string
}

/**
 * Reads and opens the next chunk.
 *
 * @throws ZoneError IMAGE_DAMAGED: cut, altered, or not the chunk that belongs here
 */
export async function openChunk(
  reader: ByteReader,
  { key, number, place }: ChunkPlace,
): Promise<{ readonly plain: Buffer; readonly isLast: boolean }> {
  const word = await reader.read(wordBytes)
  if (word.length < wordBytes) throw imageDamaged(place, `it ends before chunk ${number}`)
  const value = word.readUInt32BE(0)
  const isLast = (value & lastFlag) !== 0
  const length = value & ~lastFlag
  if (length > maxChunkBytes) throw imageDamaged(place, `chunk ${number} is longer than it can be`)
  const sealed = await reader.read(length + tagBytes)
  if (sealed.length < length + tagBytes) throw imageDamaged(place, `it ends within chunk ${number}`)
  const open = createDecipheriv(cipher, key, nonceOf(number, isLast)).setAAD(word)
  open.setAuthTag(sealed.subarray(length))
  try {
    return { plain: Buffer.concat([open.update(sealed.subarray(0, length)), open.final()]), isLast }
  } catch {
    throw imageDamaged(place, `chunk ${number} does not authenticate`)
  }
}

function wordOf(length: number, isLast: boolean): Buffer {
  const word = Buffer.alloc(wordBytes)
  word.writeUInt32BE((isLast ? lastFlag : 0) + length, 0)
  return word
}

/** Unique under the key: each image has a key of its own, and each of its chunks a number. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(isLast ? 1 : 0, 0)
  nonce.writeBigUInt64BE(BigInt(number), 4)
  return nonce
}
