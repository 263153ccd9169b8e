import { Convergence } from '../convergence.ts'
import type { LiveMigration } from '../live-migration.ts'
import type { Phase } from '../phase.ts'
import { sendMemory, takeBack } from '../send-memory.ts'

/** Sends the guest's memory while it runs, then stops it and sends the rest. */
export const transfer: Phase<LiveMigration> = {
  name: 'transfer',
  async run(migration) {
    const { source, streamUri = '', signal, line, onMemory: onProgress } = migration
    const convergence = new Convergence(migration.maxPauseMs, migration.postcopy)
    line('Starting migration.')
    using _stopped = source.qmp.on('STOP', () => line('Suspending zone on source host.'))
    migration.sent = await sendMemory(source.qmp, streamUri, signal, { convergence, onProgress, line })
  },
  async undo({ source }) {
    await takeBack(source.qmp)
  },
}
