import { ZoneError } from '../../errors.ts'
import type { World } from './session.ts'

/**
 * Asks before something is destroyed.
 *
 * @param forced how to say it without a question
 * @throws {ZoneError} NEEDS_FORCE if there is nobody to ask
 */
export async function confirmOrRefuse(world: World, question: string, forced: string): Promise<boolean> {
  if (world.confirm === undefined) {
    throw new ZoneError(`Input is not from a terminal, so this needs -F: ${question}?`, {
      code: 'NEEDS_FORCE',
      remedy: `Use "${forced}"`,
    })
  }
  return await world.confirm(`${question} (y/[n])? `)
}
