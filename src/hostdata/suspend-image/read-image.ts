import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import type { BlockStore } from '../../storage/block-store.ts'
import { readOn } from '../../storage/block-store.ts'
import { ByteReader } from '../../util/byte-reader.ts'
import { openChunk } from './chunks.ts'
import { type Expected, headerBytes, imageIdIn, looksLikeImage, readHeader } from './header.ts'
import { imageDamaged } from './image-error.ts'

const pieceBytes = 1024 * 1024

/** Takes a piece of the content; the next one comes when it resolves. */
export type Take = (piece: Uint8Array) => Promise<void>

/** An image whose header and description have been found good. */
export interface OpenImage {
  readonly description: Buffer
  /**
   * Hands the content on, decrypted and decompressed. No byte is handed on that was not authenticated; that none is
   * missing is known only when it resolves.
   *
   * @throws ZoneError IMAGE_DAMAGED; what the store or `take` throws
   */
  readTo(take: Take, signal: AbortSignal): Promise<void>
}

/**
 * Opens the image that is expected in a store.
 *
 * @throws ZoneError IMAGE_MISSING, IMAGE_DAMAGED, IMAGE_OTHER, KEY_WRONG; what the store throws
 */
export async function openImage(store: BlockStore, expected: Expected): Promise<OpenImage> {
  const { place } = expected
  const { header, keys } = readHeader(await store.read(0, headerBytes), expected)
  const reader = new ByteReader(readOn(store, headerBytes, pieceBytes))
  const next = (number: number) => openChunk(reader, { key: keys.content, number, place })
  const first = await next(0)

  async function* content(): AsyncGenerator<Buffer> {
    for (let number = 1; number < header.chunks; number += 1) {
      const { plain, isLast } = await next(number)
      const shouldBeLast = number === header.chunks - 1
      if (isLast !== shouldBeLast) throw imageDamaged(place, `chunk ${number} is not where it belongs`)
      yield plain
    }
  }

  return {
    description: first.plain,
    readTo(take, signal) {
      const hand = async (pieces: AsyncIterable<Uint8Array>) => {
        for await (const piece of pieces) await take(piece)
      }
      return pipeline(content, createZstdDecompress({ chunkSize: pieceBytes }), hand, { signal })
    },
  }
}

/** Whether there is an image at the place, of whatever zone and in whatever condition. */
export async function hasImage(store: BlockStore): Promise<boolean> {
  return looksLikeImage(await store.read(0, headerBytes))
}

/** Whether there is another image at the place than this one, whole or not. */
export async function hasOtherImage(store: BlockStore, imageId: string): Promise<boolean> {
  const found = imageIdIn(await store.read(0, headerBytes))
  return found !== undefined && found !== imageId
}

/** Makes an image unreadable for good. */
export async function eraseImage(store: BlockStore): Promise<void> {
  await store.write(Buffer.alloc(headerBytes), 0)
  await store.flush()
}
