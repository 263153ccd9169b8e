import type { LiveMigration } from '../live-migration.ts'
import type { Phase } from '../phase.ts'

/** The zone runs on the target: nothing of it is kept here but its configuration. */
export const cleanUp: Phase<LiveMigration> = {
  name: 'clean-up',
  async run({ source, line }) {
    line('Migration successful.')
    line('Halting and detaching zone on source host.')
    await source.giveUp()
  },
}
