import { bytesBehind } from '../bytes-behind.ts'
import { Convergence } from '../convergence.ts'
import type { LiveMigration } from '../live-migration.ts'
import { pauseLimit } from '../pause-limit.ts'
import type { Phase } from '../phase.ts'
import { sendMemory } from '../send-memory.ts'
import { takeBack } from '../take-back.ts'

/** Sends the guest's memory while it runs, then stops it and sends the rest. */
export const transfer: Phase<LiveMigration> = {
  name: 'transfer',
  async run(migration) {
    const { id, peer, source, streamUri = '', signal, line, onMemory: onProgress } = migration
    const convergence = new Convergence(migration.maxPauseMs, migration.postcopy)
    line('Starting migration.')
    const isEmulated = source.spec.accelerator === 'tcg'
    const suspending = () => line('Suspending zone on source host.')
    // An emulated guest is stopped now and then on the way.
    using _stopped = isEmulated ? undefined : source.qmp.on('STOP', suspending)
    migration.sent = await sendMemory(source.qmp, streamUri, signal, {
      convergence,
      limit: pauseLimit(migration.maxPauseMs),
      onProgress,
      line,
      ...(isEmulated
        ? {
            isEmulated,
            contents: await source.memoryContents(),
            behindBytes: () => bytesBehind(peer, id, streamUri),
          }
        : {}),
    })
    if (isEmulated) suspending()
  },
  async undo({ source, streamUri }) {
    await takeBack(source.qmp, { uri: streamUri, socket: source.restSocket })
  },
}
