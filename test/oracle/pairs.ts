import { basePair, type Offer } from './base-pair.ts'
import type { Difference } from './difference.ts'
import { differencesOf } from './differences.ts'
import type { Pair } from './pair.ts'
import { type Random, random } from './random.ts'

/** A zone without what the difference is about is drawn again, this often. */
const redraws = 200

/** How many differences the pairs have, in turn. */
const counts = [0, 1, 2, 0, 1, 1, 0, 1]

/**
 * Pairs without end, the same for the same seed and offer: of each eight three are without a difference and one has two. Every
 * difference comes up once before any comes up again.
 */
export function* pairs(seed: number, offer: Offer): Generator<Pair> {
  const chance = random(seed)
  let deck: Difference[] = []
  for (let number = 0; ; number += 1) {
    const count = counts[number % counts.length] ?? 0
    const wanted = Array.from({ length: count }, () => {
      if (deck.length === 0) deck = shuffled(differencesOf(offer), chance)
      return deck.pop()
    }).filter((difference) => difference !== undefined)
    yield pairWith(wanted, chance, offer)
  }
}

function pairWith(wanted: readonly Difference[], chance: Random, offer: Offer): Pair {
  for (let draw = 0; draw < redraws; draw += 1) {
    let pair: Pair | undefined = basePair(chance, offer)
    for (const { apply, name } of wanted) {
      const changed: Pair | undefined = pair && apply(pair, chance)
      pair = changed && { ...changed, differences: [...changed.differences, name] }
    }
    if (pair !== undefined) return pair
  }
  // Two differences that exclude each other, or one that no zone of this machine has: one less is as good.
  return pairWith(wanted.slice(0, -1), chance, offer)
}

function shuffled<T>(list: readonly T[], chance: Random): T[] {
  return list
    .map((item) => ({ item, at: chance.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
