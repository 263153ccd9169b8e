import { hkdfSync } from 'node:crypto'

/** What an image is: its keys are those of no other zone and no other image. */
export interface ImageIdentity {
  readonly imageId: string
  /** Uuid of the zone. */
  readonly zone: string
}

export interface ImageKeys {
  /** Of the chunks. */
  readonly content: Buffer
  /** Of the header's authentication. */
  readonly header: Buffer
  /** Tells whoever has another key that it is another; it tells nothing of the key. */
  readonly check: string
}

const keyBytes = 32

/** Derives the keys of one image from the zone's key and the image's salt (HKDF-SHA-256, RFC 5869). */
export function imageKeys(
  zoneKey: Uint8Array,
  salt: Uint8Array,
  { imageId, zone }: ImageIdentity,
): ImageKeys {
  const derive = (purpose: string) =>
    Buffer.from(
      hkdfSync('sha256', zoneKey, salt, `kzone suspend image 1 ${purpose} ${zone} ${imageId}`, keyBytes),
    )
  return { content: derive('content'), header: derive('header'), check: derive('check').toString('hex') }
}
