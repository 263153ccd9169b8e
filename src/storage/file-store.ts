import { type FileHandle, open } from 'node:fs/promises'
import { systemError } from '../util/system-error.ts'
import type { BlockStore } from './block-store.ts'

/**
 * Opens a file or a block device of this host.
 *
 * @param mode `make`: the file must not be there yet
 * @throws ZoneError HOST_FAILURE; the system's error
 */
export async function openFileStore(path: string, mode: 'read' | 'write' | 'make'): Promise<BlockStore> {
  const flags = { read: 'r', write: 'r+', make: 'wx+' } as const
  const file = await told(path, () => open(path, flags[mode], 0o600))
  return {
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await told(path, () =>
          file.read(buffer, filled, length - filled, offset + filled),
        )
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return buffer.subarray(0, filled)
    },
    write: (bytes, offset) => told(path, () => writeAll(file, bytes, offset)),
    flush: () => told(path, () => file.sync()),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, offset + written)
    written += bytesWritten
  }
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw systemError(error, path) ?? error
  }
}
