import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { normalPageBytes } from '../compat/backing-pages.ts'
import type { QmpConnection } from '../qmp/connection.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3
/** So small that QEMU is held up by no more than a millisecond at a time. */
const pieceBytes = mib
const pieces = 64

export interface MemorySample {
  /** The pages that are not empty, one after the other. */
  readonly pages: Buffer
  /** How much of the memory such pages are, from 0 to 1. */
  readonly share: number
}

/**
 * Where a guest's memory certainly is, as ranges of physical addresses: below 2 GiB and from 4 GiB on. In between and
 * in the first mebibyte some machines have devices, which a read would wake.
 */
export function memoryRanges(memoryBytes: number): { readonly start: number; readonly bytes: number }[] {
  const low = Math.min(memoryBytes, 2 * gib) - mib
  const high = memoryBytes - 3.5 * gib
  return [{ start: mib, bytes: low }, ...(high > pieceBytes ? [{ start: 4 * gib, bytes: high }] : [])]
}

/** Start of each piece of the sample: evenly spaced over the memory. */
export function piecesOf(memoryBytes: number): number[] {
  const ranges = memoryRanges(memoryBytes)
  const allBytes = ranges.reduce((sum, { bytes }) => sum + bytes, 0)
  return ranges.flatMap(({ start, bytes }) => {
    const most = Math.floor(bytes / pieceBytes)
    const count = Math.min(most, Math.max(1, Math.round((pieces * bytes) / allBytes)))
    return Array.from({ length: count }, (_, at) => start + Math.floor((at * most) / count) * pieceBytes)
  })
}

/**
 * Reads a sample of a guest's memory while it runs: how much of it there is to send hangs on what is in it.
 *
 * @param folder for the pieces while they are read; only for the owner's eyes, and removed
 * @throws QmpError, the signal's reason
 */
export async function sampleMemory(
  qmp: QmpConnection,
  memoryBytes: number,
  folder: string,
  signal: AbortSignal,
): Promise<MemorySample> {
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const filename = join(folder, 'piece')
  const found: Buffer[] = []
  let seen = 0
  for (const val of piecesOf(memoryBytes)) {
    await qmp.execute('pmemsave', { val, size: pieceBytes, filename }, { signal })
    const piece = await readFile(filename)
    for (let at = 0; at < piece.length; at += normalPageBytes) {
      const page = piece.subarray(at, at + normalPageBytes)
      seen += 1
      if (!page.equals(emptyPage)) found.push(page)
    }
  }
  return { pages: Buffer.concat(found), share: found.length / seen }
}

const emptyPage = Buffer.alloc(normalPageBytes)
