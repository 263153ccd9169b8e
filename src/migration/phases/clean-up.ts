import type { Migration } from '../migration.ts'
import type { Phase } from '../phase.ts'

/** The zone is the target's: nothing of it is kept here but its configuration. */
export const cleanUp: Phase<Migration> = {
  name: 'clean-up',
  async run({ kind, source, line }) {
    line('Migration successful.')
    line(kind === 'live' ? 'Halting and detaching zone on source host.' : 'Detaching zone on source host.')
    await source.giveUp()
  },
}
