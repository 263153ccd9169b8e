import { z } from 'zod'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { retryUntil } from '../util/retry-until.ts'

const mib = 1024 ** 2
const gib = 1024 ** 3
/** QEMU looks at no piece of memory that is smaller. */
const smallestMemoryBytes = 128 * mib
/** Pages that are compared; more of them make the sample more exact, and take longer. */
const wantedPages = 8192
const pagesPerGib = { least: 512, most: 16_384 }

/** `dirty-rate` in MiB per second. */
const dirtyRateSchema = z.object({
  status: z.enum(['unstarted', 'measuring', 'measured']),
  'dirty-rate': z.number().optional(),
})

/**
 * How much of its memory a running guest changes within a time, as QEMU finds by comparing a sample of the pages
 * (`calc-dirty-rate`). A page that is changed twice counts once, one that is written with what it held before not at all.
 *
 * @param seconds a whole number: QEMU 7.2 knows no shorter time than one
 * @returns bytes
 * @throws ZoneError NOT_MEASURED; QmpError, the signal's reason
 */
export async function sampleDirtying(
  qmp: QmpConnection,
  memoryBytes: number,
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  if (memoryBytes < smallestMemoryBytes) {
    throw notMeasured(`QEMU does not measure it for a guest of less than ${smallestMemoryBytes / mib} MiB`)
  }
  const { least, most } = pagesPerGib
  const pages = Math.min(most, Math.max(least, Math.round((wantedPages * gib) / memoryBytes)))
  await qmp.execute('calc-dirty-rate', { 'calc-time': seconds, 'sample-pages': pages }, { signal })
  const rate = await retryUntil(
    async () => {
      const state = await qmp.execute('query-dirty-rate', {}, { schema: dirtyRateSchema, signal })
      return state.status === 'measured' ? state['dirty-rate'] : undefined
    },
    { timeoutMs: seconds * 1000 + 5_000, intervalMs: 20, signal },
  )
  if (rate === undefined || rate < 0) throw notMeasured('QEMU came to no end with it')
  return rate * mib * seconds
}

function notMeasured(words: string): ZoneError {
  return new ZoneError(`how fast the guest changes its memory is not known: ${words}`, {
    code: 'NOT_MEASURED',
  })
}
