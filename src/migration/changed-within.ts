/** How much of its memory a guest changes within each of some times, the shortest first. */
export type Changes = readonly [Change, ...Change[]]

export interface Change {
  readonly withinMs: number
  readonly bytes: number
}

/** From this share of a steady rate on, what is changed is taken to be new pages each time. */
const steadyShare = 0.9

/**
 * How much a guest changes within any time. At first each page is another one, so that it grows with the time; a guest
 * that goes over the same pages again and again comes to an end with that.
 *
 * @returns bytes
 */
export function changedWithin([short, ...longer]: Changes, ms: number): number {
  if (short.bytes === 0) return 0
  const steady = (withinMs: number) => (short.bytes * withinMs) / short.withinMs
  const long = longer.at(-1)
  if (long === undefined || long.bytes >= steadyShare * steady(long.withinMs)) return steady(ms)
  return Math.min(steady(ms), long.bytes)
}
