import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { ZoneError } from '../../errors.ts'
import { imageDamaged } from './image-error.ts'
import { type ImageIdentity, type ImageKeys, imageKeys } from './image-keys.ts'

/** The header fills the first block of the image; the chunks follow it. */
export const headerBytes = 4096

const magic = Buffer.from('kzone-suspend-1\n')
const digestBytes = 32
const textOffset = magic.length + 4

const imageHeader = z.object({
  imageId: z.uuid(),
  zone: z.string(),
  /** The header is written last with the state `whole`: an image without it was never finished. */
  state: z.enum(['unfinished', 'whole']),
  salt: z.string().regex(/^[0-9a-f]{64}$/),
  keyCheck: z.string(),
  chunks: z.int().nonnegative(),
})
export type ImageHeader = z.infer<typeof imageHeader>

/** What tells an image from whatever else may be at its place; the header may still be damaged. */
export const looksLikeImage = (block: Uint8Array) => magic.equals(block.subarray(0, magic.length))

/** The block: magic, length and text of the header, a checksum against accidents, an authentication code against people. */
export function formatHeader(header: ImageHeader, keys: Pick<ImageKeys, 'header'>): Buffer {
  const text = Buffer.from(JSON.stringify(header))
  const block = Buffer.alloc(headerBytes)
  magic.copy(block)
  block.writeUInt32BE(text.length, magic.length)
  text.copy(block, textOffset)
  const end = textOffset + text.length
  const checksum = sha256(block.subarray(0, end))
  checksum.copy(block, end)
  code(keys.header, block.subarray(0, end)).copy(block, end + digestBytes)
  return block
}

/** Which image a block is the header of, by its own word; undefined: of none that can be read. */
export function imageIdIn(block: Buffer): string | undefined {
  try {
    return parse(block, '').header.imageId
  } catch {
    return undefined
  }
}

export interface Expected extends ImageIdentity {
  readonly zoneKey: Uint8Array
  /** Where the image is, for messages. */
  readonly place: string
}

/**
 * Reads the header of an image that is to be a certain one, whole, and made with the zone's key.
 *
 * @throws ZoneError IMAGE_MISSING, IMAGE_DAMAGED, IMAGE_OTHER (another zone's, or an older one), KEY_WRONG
 */
export function readHeader(block: Buffer, expected: Expected): { header: ImageHeader; keys: ImageKeys } {
  const { place, zone, imageId, zoneKey } = expected
  const { header, signed, authentication } = parse(block, place)
  const keys = imageKeys(zoneKey, Buffer.from(header.salt, 'hex'), header)
  if (header.zone !== zone) throw other(place, `it is of the zone with uuid ${header.zone}`)
  if (header.imageId !== imageId) throw other(place, `it is the image ${header.imageId}, and not ${imageId}`)
  if (header.keyCheck !== keys.check) {
    throw new ZoneError('Encryption key is incorrect', { code: 'KEY_WRONG' })
  }
  if (!timingSafeEqual(code(keys.header, signed), authentication)) {
    throw imageDamaged(place, 'its header does not authenticate')
  }
  if (header.state !== 'whole') throw imageDamaged(place, 'it was never finished')
  return { header, keys }
}

function parse(block: Buffer, place: string) {
  if (!looksLikeImage(block)) {
    throw new ZoneError(`There is no suspend image at "${place}"`, { code: 'IMAGE_MISSING' })
  }
  if (block.length < headerBytes) throw imageDamaged(place, 'its header is cut')
  const end = textOffset + block.readUInt32BE(magic.length)
  if (end + 2 * digestBytes > headerBytes) throw imageDamaged(place, 'its header is longer than it can be')
  const signed = block.subarray(0, end)
  if (!sha256(signed).equals(block.subarray(end, end + digestBytes))) {
    throw imageDamaged(place, 'the checksum of its header is wrong')
  }
  const authentication = block.subarray(end + digestBytes, end + 2 * digestBytes)
  try {
    const text = block.toString('utf8', textOffset, end)
    return { header: imageHeader.parse(JSON.parse(text)), signed, authentication }
  } catch {
    throw imageDamaged(place, 'its header is of another form')
  }
}

function other(place: string, what: string): ZoneError {
  return new ZoneError(
    `The suspend image "${place}" is not the one of this zone's last suspension: ${what}`,
    {
      code: 'IMAGE_OTHER',
      remedy: 'Put the right one in its place, or boot from the disk: zoneadm boot --discard',
    },
  )
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const code = (key: Uint8Array, bytes: Uint8Array) => createHmac('sha256', key).update(bytes).digest()
