import { tlsPriority } from '../cipher.ts'
import { Convergence } from '../convergence.ts'
import type { LiveMigration } from '../live-migration.ts'
import type { Phase } from '../phase.ts'
import { newStreamKey, placeStreamKey } from '../stream-key.ts'
import { clearStream, prepareStream } from '../stream-settings.ts'
import { requireNoTransfer } from '../take-back.ts'

/** Starts the same machine on the target, waiting for the guest's memory, and gives both ends the key of the stream. */
export const prepare: Phase<LiveMigration> = {
  name: 'prepare',
  async run(migration) {
    const { id, source, peer, target, cipher, signal, line, postcopy } = migration
    await requireNoTransfer(source.qmp, signal)
    line("Booting zone in 'migrating-in' mode.")
    const encrypted = cipher !== 'none'
    const psk = encrypted ? newStreamKey() : null
    const priority = encrypted ? tlsPriority(cipher, target?.ciphers ?? []) : undefined
    const params = { migrationId: id, psk, priority: priority ?? null, ...(postcopy ? { postcopy } : {}) }
    const { host, port } = await peer.call('peer/prepare', params, { signal })
    migration.streamUri = `tcp:${host.includes(':') ? `[${host}]` : host}:${port}`
    await migration.noteWay(migration.streamUri)
    await clearStream(source.qmp)
    const { maxPauseMs, maxBytesPerSecond: bytesPerSecond } = migration
    const limits = { bytesPerSecond, pauseMs: new Convergence(maxPauseMs).pauseMs }
    if (psk === null)
      return prepareStream(source.qmp, 'client', { keyFolder: null, priority, limits, postcopy })
    await using key = await placeStreamKey(source.keyFolder, psk)
    // The client's end reads the key when the object is made, so the file can go at once.
    await prepareStream(source.qmp, 'client', { keyFolder: key.folder, priority, limits, postcopy })
  },
  async undo({ source }) {
    await clearStream(source.qmp)
  },
}
