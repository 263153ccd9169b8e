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
    const isEmulated = source.spec.accelerator === 'tcg'
    const suspending = () => line('Suspending zone on source host.')
    // An emulated guest is stopped now and then on the way.
    using _stopped = isEmulated ? undefined : source.qmp.on('STOP', suspending)
    migration.sent = await sendMemory(source.qmp, streamUri, signal, {
      convergence,
      onProgress,
      line,
      emulatedBytes: isEmulated ? await source.usedMemoryBytes() : undefined,
    })
    if (isEmulated) suspending()
  },
  async undo({ source }) {
    await takeBack(source.qmp)
  },
}
