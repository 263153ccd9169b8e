import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checksum } from './checksum.ts'

const blockBytes = 512
export const ringBlocks = 64
const ringStartBytes = 1024 * 1024

export interface CounterRecord {
  /** Counts the writes since the guest booted. */
  readonly write: number
  /** The counter at that write. */
  readonly number: number
  /** Made anew at each boot of the guest. */
  readonly bootId: string
}

export interface DiskReport {
  /** Undefined if the guest has not written yet. */
  readonly newest: CounterRecord | undefined
  readonly bootIds: readonly string[]
  /** What is wrong with the records, in words; empty if the ring is unbroken. */
  readonly faults: readonly string[]
}

/**
 * Checks the ring of records that the guest writes: each record whole, writes of a boot without a hole, the counter
 * never going back while the writes go forward.
 * @param ring the blocks of the ring, 32 KiB
 */
export function checkCounterRing(ring: Buffer): DiskReport {
  const records: CounterRecord[] = []
  const faults: string[] = []
  for (let block = 0; block < ringBlocks; block += 1) {
    const bytes = ring.subarray(block * blockBytes, (block + 1) * blockBytes)
    if (bytes.every((byte) => byte === 0)) continue
    const record = parseRecord(bytes.toString('latin1'))
    if (record === undefined) faults.push(`block ${block} holds no whole record`)
    else if (record.write % ringBlocks !== block) faults.push(`block ${block} holds write ${record.write}`)
    else records.push(record)
  }
  const bootIds = [...new Set(records.map(({ bootId }) => bootId))]
  for (const bootId of bootIds) {
    const boot = records.filter((record) => record.bootId === bootId).toSorted((a, b) => a.write - b.write)
    for (const [index, record] of boot.entries()) {
      const before = boot[index - 1]
      if (before === undefined) continue
      if (record.write !== before.write + 1)
        faults.push(`no write between ${before.write} and ${record.write}`)
      if (record.number < before.number) faults.push(`went back from ${before.number} to ${record.number}`)
    }
  }
  const newest = records.toSorted((a, b) => b.write - a.write)[0]
  return { newest, bootIds, faults }
}

/** Reads the ring from a raw file, as the storage server keeps it, whatever is being written meanwhile. */
export async function readRing(file: string): Promise<Buffer> {
  await using handle = await open(file, 'r')
  const { buffer } = await handle.read(Buffer.alloc(blockBytes * ringBlocks), { position: ringStartBytes })
  return buffer
}

/** The records of the ring by the block that holds them. */
export function recordsOf(ring: Buffer): (CounterRecord | undefined)[] {
  return Array.from({ length: ringBlocks }, (_, block) =>
    parseRecord(ring.toString('latin1', block * blockBytes, (block + 1) * blockBytes)),
  )
}

export interface ReadCounterDiskOptions {
  /** Where the guest's disk begins on the image, in bytes, if a reserved area lies before it. */
  readonly offsetBytes?: number
  /** Put before the command that reads, e.g. `['ip', 'netns', 'exec', …]`. */
  readonly prefix?: readonly string[]
}

/**
 * Reads the guest's records from its disk and checks them.
 * @param image a file or any raw disk that `qemu-img` opens, e.g. `iscsi://10.77.0.200:3260/IQN/1`
 * @throws Error if the image cannot be read
 */
export async function readCounterDisk(
  image: string,
  { offsetBytes = 0, prefix = [] }: ReadCounterDiskOptions = {},
): Promise<DiskReport> {
  const folder = await mkdtemp(join(tmpdir(), 'kzone-ring-'))
  try {
    const copy = join(folder, 'ring')
    const skip = (offsetBytes + ringStartBytes) / blockBytes
    const sizes = [`bs=${blockBytes}`, `skip=${skip}`, `count=${skip + ringBlocks}`]
    // Shared: the guest may be running. qemu-img counts 'count' from the start of the image, not from 'skip'.
    const [program, ...args] = [...prefix, 'qemu-img', 'dd', '-U', '-f', 'raw', '-O', 'raw']
    await promisify(execFile)(program, [...args, ...sizes, `if=${image}`, `of=${copy}`])
    return checkCounterRing(await readFile(copy))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The record that a block of the ring holds; undefined if it holds none, or none that is whole. */
export function parseRecord(text: string): CounterRecord | undefined {
  const [, write, number, sum, bootId] = /^kz (\d+) (\d+) (\d+) (\S+) *\n$/.exec(text) ?? []
  if (bootId === undefined || checksum(Number(number) + Number(write)) !== Number(sum)) return undefined
  return { write: Number(write), number: Number(number), bootId }
}
