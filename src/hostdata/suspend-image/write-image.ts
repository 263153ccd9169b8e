import { randomBytes } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import type { BlockStore } from '../../storage/block-store.ts'
import { ByteReader } from '../../util/byte-reader.ts'
import { sealChunk, toChunks } from './chunks.ts'
import { formatHeader, headerBytes, type ImageHeader } from './header.ts'
import { type ImageIdentity, imageKeys } from './image-keys.ts'

const saltBytes = 32
/** The storage is written in whole blocks of this size. */
const blockBytes = 1024 * 1024
/** That the compression hands on at once: a small one is a call for every 16 KiB of a guest's memory. */
const pieceBytes = 256 * 1024

export interface ImageToWrite extends ImageIdentity {
  readonly zoneKey: Uint8Array
  /** What is to be known of the image before its content is read; small. */
  readonly description: Uint8Array
}

/** An image that has been begun. It is none until `finish()` has resolved. */
export interface UnfinishedImage {
  /**
   * Writes the content: compressed, then encrypted. Resolves when all of it is on the storage.
   *
   * @returns how many bytes the image has
   */
  write(content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number>
  /** Makes it whole: the last thing that is written is the header. */
  finish(): Promise<void>
}

/**
 * Begins an image: from now on its place holds none, and shows that it can be written.
 *
 * @throws what the store throws
 */
export async function beginImage(
  store: BlockStore,
  { imageId, zone, zoneKey, description }: ImageToWrite,
): Promise<UnfinishedImage> {
  const salt = randomBytes(saltBytes)
  const keys = imageKeys(zoneKey, salt, { imageId, zone })
  const writeHeader = async (state: ImageHeader['state'], chunks: number) => {
    const header = { imageId, zone, state, salt: salt.toString('hex'), keyCheck: keys.check, chunks }
    await store.write(formatHeader(header, keys), 0)
    await store.flush()
  }
  await writeHeader('unfinished', 0)
  let chunks = 0

  async function* sealed(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    // The description is a chunk by itself, so that it can be read without the rest.
    yield sealChunk(keys.content, 0, false, description)
    chunks = 1
    for await (const { plain, isLast } of toChunks(compressed)) {
      yield sealChunk(keys.content, chunks, isLast, plain)
      chunks += 1
    }
  }

  return {
    async write(content, signal) {
      const zstd = createZstdCompress({
        params: { [constants.ZSTD_c_compressionLevel]: 1 },
        chunkSize: pieceBytes,
      })
      let offset = headerBytes
      await pipeline(
        content,
        zstd,
        sealed,
        async (pieces: AsyncIterable<Buffer>) => {
          for await (const block of toBlocks(pieces)) {
            await store.write(block, offset)
            offset += block.length
          }
        },
        { signal },
      )
      await store.flush()
      return offset
    },
    finish: () => writeHeader('whole', chunks),
  }
}

async function* toBlocks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = new ByteReader(pieces)
  for (;;) {
    const block = await reader.read(blockBytes)
    if (block.length > 0) yield block
    if (block.length < blockBytes) return
  }
}
