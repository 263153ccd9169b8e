import { patienceMs } from '../../util/test-patience.ts'
import type { Migration } from '../migration.ts'
import type { Phase } from '../phase.ts'

/** Until the target has answered, it is not known whether it runs the zone. */
const answerTimeoutMs = patienceMs(10_000)

/**
 * Tells the target that the zone is its own: the point of no return. Of a live guest the target's memory is complete and
 * the guest is stopped here, so that from the moment the word is sent nothing here may make it run, unless the target
 * denies having it.
 */
export const handOver: Phase<Migration> = {
  name: 'hand-over',
  commits: ({ handedOver }) => handedOver,
  async run(migration) {
    const { id, peer, line } = migration
    await migration.noteHandOver()
    migration.handedOver = true
    const { afterwardsMs } = await peer.call('peer/go', { migrationId: id }, { timeoutMs: answerTimeoutMs })
    migration.continuedAtMs = performance.now() - afterwardsMs
    line('Waiting for migration to complete.')
  },
}
