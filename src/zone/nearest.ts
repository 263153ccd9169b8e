/**
 * The candidate that is most like a mistyped word, or undefined if none is close enough to be meant.
 *
 * @param word what was typed
 * @param candidates the valid names
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.slice(0, 64).toLowerCase()
  const all = [...candidates]
  const [begun, another] = typed.length < 2 ? [] : all.filter((name) => name.toLowerCase().startsWith(typed))
  if (begun !== undefined && another === undefined) return begun
  let best: { name: string; distance: number } | undefined
  for (const name of all) {
    const distance = editDistance(typed, name.toLowerCase())
    const limit = Math.max(1, Math.floor(Math.max(typed.length, name.length) / 3))
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance }
  }
  return best?.name
}

/** Edits (insert, drop, replace, swap of neighbours) that turn one word into the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    beforeLast = last
    last = current
  }
  return last[to.length] ?? 0
}
