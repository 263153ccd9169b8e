import type { ClockOffset } from '../compat/input.ts'
import type { HostFacts } from '../facts/schema.ts'

/**
 * By how much the clock of another host is ahead of this one's, as far as one question and its answer tell: the answer
 * was written between the two moments.
 *
 * @param askedAtMs `Date.now()` before the question
 * @param answeredAtMs the same after the answer
 */
export function clockOffset(
  askedAtMs: number,
  answeredAtMs: number,
  { gatheredAt }: Pick<HostFacts, 'gatheredAt'>,
): ClockOffset {
  const thereMs = Date.parse(gatheredAt)
  return { leastMs: thereMs - answeredAtMs, mostMs: thereMs - askedAtMs }
}
