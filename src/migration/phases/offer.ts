import { ZoneError } from '../../errors.ts'
import type { Migration } from '../migration.ts'
import type { Phase } from '../phase.ts'

/**
 * Writes on the zone's boot device that the target may take it, for a host that comes by without having been told. That it
 * cannot be written is found out while nothing has moved.
 */
export const offer: Phase<Migration> = {
  name: 'offer',
  async run({ id, source, target }) {
    if (target === undefined) throw new Error('Nobody is there to be offered the zone')
    try {
      await source.offer(id, target)
    } catch (error) {
      if (!(error instanceof ZoneError)) throw error
      const { message, code, remedy = '' } = error
      throw new ZoneError(`${message}; nothing was changed`, { code, remedy, cause: error })
    }
  },
  async undo({ source }) {
    await source.withdraw()
  },
}
