/** Numbers that look like chance and are the same for the same seed. */
export interface Random {
  /** From 0 to less than 1. */
  next(): number
  /** One of them, each as likely. */
  pick<T>(choices: readonly [T, ...T[]] | readonly T[]): T
  /** Whether something happens that has this probability. */
  chance(probability: number): boolean
}

/** A sequence of its own for each seed: a Weyl sequence, mixed by the finalizer of MurmurHash3. */
export function random(seed: number): Random {
  let state = seed | 0
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let value = state
    value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
    return ((value ^ (value >>> 16)) >>> 0) / 2 ** 32
  }
  return {
    next,
    pick(choices) {
      const chosen = choices[Math.floor(next() * choices.length)]
      if (chosen === undefined) throw new Error('There is nothing to pick from')
      return chosen
    },
    chance: (probability) => next() < probability,
  }
}
