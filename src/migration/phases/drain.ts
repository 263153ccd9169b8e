import type { LiveMigration } from '../live-migration.ts'
import type { Phase } from '../phase.ts'

/** Of a guest that went on at the target before all of its memory was there: sends the rest. The zone is the target's. */
export const drain: Phase<LiveMigration> = {
  name: 'drain',
  async run(migration) {
    if (migration.sent?.isComplete !== false) return
    migration.line('Sending what is missing of the memory.')
    migration.guestLost = await migration.drain()
  },
}
