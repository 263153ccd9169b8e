/** What was heard of the guest from the network during a case. */
export interface Heard {
  /** Lines that are no number with its checksum. */
  readonly damaged: readonly string[]
  /** Within one connection, where a number was not its predecessor plus one, in words. */
  readonly gaps: readonly string[]
  /** From one connection to the next, where a number was not higher, in words. */
  readonly backwards: readonly string[]
  /** The lowest number with which a connection began; undefined: nothing was heard. */
  readonly lowest: number | undefined
  /** The hosts from which the guest's hardware address was seen to speak, in order. */
  readonly places: readonly string[]
  readonly longestSilenceMs: number
  readonly pings: { readonly lost: number; readonly longestGapMs: number }
}

/** What a guest that stayed the same must hold to. */
export interface Expected {
  /** The last number that it had written to its disk when the case began; undefined: a guest that was booted in it. */
  readonly lastNumber: number | undefined
  /** Whether it was booted anew, from its disk: then it counts from the beginning. */
  readonly isAnew: boolean
  /** Names of the hosts on which it may have spoken, in order: one, or two if it has moved. */
  readonly mayBeAt: readonly [from: string, to?: string]
}

/** Contradictions in what was heard, in words: damage, numbers that go back, and a second speaker. */
export function networkViolations(
  heard: Heard,
  { lastNumber, isAnew, mayBeAt: [from, to] }: Expected,
): string[] {
  const { damaged, gaps, backwards, lowest, places } = heard
  const isOld = lowest !== undefined && lastNumber !== undefined && lowest <= lastNumber
  const inOrder = [from, to].filter((host) => host !== undefined && places.includes(host))
  return [
    ...damaged.slice(0, 3).map((line) => `the network was told ${JSON.stringify(line)}`),
    ...gaps.slice(0, 3).map((words) => `the network was told ${words} on one connection`),
    // Of a guest that was booted anew, the numbers begin again.
    ...(isAnew ? [] : backwards.map((words) => `the network was told ${words}`)),
    ...(isOld && !isAnew ? [`the network was told ${lowest}; ${lastNumber} was on the disk before`] : []),
    ...(to === undefined || places.at(-1) === to ? [] : [`the switch has not seen the guest at ${to}`]),
    ...(isAnew || places.join() === inOrder.join() ? [] : [`the guest spoke from ${places.join(', then ')}`]),
  ]
}
