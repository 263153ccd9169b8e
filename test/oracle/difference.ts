import type { HostChange, Pair } from './pair.ts'
import type { Random } from './random.ts'
import type { ZoneShape } from './zone-shape.ts'

/** Something in which the two sides can differ. */
export interface Difference {
  readonly name: string
  /** The pair with the difference; undefined if this zone cannot have it. */
  readonly apply: (pair: Pair, random: Random) => Pair | undefined
}

type ZoneChange = (zone: ZoneShape, random: Random, pair: Pair) => Partial<ZoneShape> | undefined

/** The target's own configuration differs. */
export function configured(name: string, change: ZoneChange): Difference {
  return {
    name,
    apply(pair, random) {
      const there = pair.targetZone ?? pair.zone
      const changed = change(there, random, pair)
      return changed && { ...pair, targetZone: { ...there, ...changed } }
    },
  }
}

/** Both configurations have something that not every pair of hosts can do. */
export function common(name: string, change: ZoneChange): Difference {
  return {
    name,
    apply(pair, random) {
      const changed = change(pair.zone, random, pair)
      if (changed === undefined) return undefined
      const zone = { ...pair.zone, ...changed }
      return { ...pair, zone, targetZone: pair.targetZone && { ...pair.targetZone, ...changed } }
    },
  }
}

/** The target host is not like the source. */
export function hosted(name: string, change: (pair: Pair) => HostChange | undefined): Difference {
  return {
    name,
    apply(pair) {
      const made = change(pair)
      return made && { ...pair, targetChanges: [...pair.targetChanges, made] }
    },
  }
}

/** A command of iproute2, as a program and its arguments. */
export const ip = (words: string) => ['ip', ...words.split(' ')]
