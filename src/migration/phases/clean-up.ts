import type { LiveMigration } from '../live-migration.ts'
import type { Migration } from '../migration.ts'
import type { Phase } from '../phase.ts'

/** The zone is the target's: nothing of it is kept here but its configuration. */
export const cleanUp: Phase<Migration & Partial<Pick<LiveMigration, 'guestLost' | 'faults'>>> = {
  name: 'clean-up',
  async run({ kind, source, line, guestLost, faults = [] }) {
    if (faults.length > 0)
      line(`Migration done, but something may be wrong with the zone there: ${faults.join('; ')}.`)
    else if (guestLost === undefined) line('Migration successful.')
    line(kind === 'live' ? 'Halting and detaching zone on source host.' : 'Detaching zone on source host.')
    await source.giveUp()
  },
}
