import { parseSize } from '../zone/schema/size.ts'
import { usageError } from './usage-error.ts'

const mostPauseMs = 2_000_000
const leastBytesPerSecond = 64 * 1024

/**
 * Milliseconds of a time such as `500ms`, `2s`, `1.5s` or `1m`.
 *
 * @throws ZoneError USAGE
 */
export function parsePause(text: string): number {
  const match = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text)
  const unitMs = { ms: 1, s: 1000, m: 60_000 }[match?.[2] ?? ''] ?? Number.NaN
  const ms = Math.round(Number(match?.[1]) * unitMs)
  if (ms >= 1 && ms <= mostPauseMs) return ms
  throw usageError(`--max-pause takes a time from 1ms to 2000s such as 500ms or 2s, not "${text}"`)
}

/**
 * Bytes a second of a rate such as `100M` or `1.5G`.
 *
 * @throws ZoneError USAGE
 */
export function parseBandwidth(text: string): number {
  const bytes = parseSize(text.replace(/\/s$/, ''))
  if (bytes !== undefined && bytes >= leastBytesPerSecond) return bytes
  throw usageError(`--bandwidth takes bytes a second, 64K or more, such as 100M, not "${text}"`)
}
