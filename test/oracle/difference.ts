import type { HostChange, Pair, PairKind } from './pair.ts'
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
      const [changedZone, targetZone] = [pair.changedZone, pair.targetZone].map(
        (each) => each && { ...each, ...changed },
      )
      return { ...pair, zone, changedZone: changedZone ?? null, targetZone: targetZone ?? null }
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

/** Both hosts have another configuration by now than the one that the suspended guest booted with. */
export function changedLater(name: string, change: ZoneChange): Difference {
  return onlyBy('warm', {
    name,
    apply(pair, random) {
      const { targetZone } = pair
      const zone = pair.changedZone ?? pair.zone
      const changed = change(zone, random, pair)
      if (changed === undefined) return undefined
      return {
        ...pair,
        changedZone: { ...zone, ...changed },
        targetZone: targetZone && { ...targetZone, ...changed },
      }
    },
  })
}

/** The same, of zones alone that move in this way. */
export function onlyBy(kind: PairKind, { name, apply }: Difference): Difference {
  return { name, apply: (pair, random) => (pair.kind === kind ? apply(pair, random) : undefined) }
}

/** A command of iproute2, as a program and its arguments. */
export const ip = (words: string) => ['ip', ...words.split(' ')]
