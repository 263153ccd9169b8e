import { hasOwner } from './label.ts'
import { presentLabels, removeRemains } from './remains.ts'

/**
 * Removes what earlier processes left that ended without cleaning up (killed, or the machine was too slow).
 * Labels whose owner still runs are left alone, so parallel runs do not disturb each other.
 * @returns the labels that were removed
 */
export function sweep(): string[] {
  const abandoned = presentLabels().filter((label) => !hasOwner(label))
  // What belongs to another user cannot be removed, and is not ours to complain about.
  return abandoned.filter((label) => removeRemains(label).length === 0)
}
