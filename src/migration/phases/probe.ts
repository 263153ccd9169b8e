import { patienceMs } from '../../util/test-patience.ts'
import type { LiveMigration } from '../live-migration.ts'
import type { Phase } from '../phase.ts'

const answerTimeoutMs = patienceMs(5_000)

/**
 * Asks the target whether the guest lives there, and looks when the network knows, before anything of it is removed here. The zone is the target's whatever
 * it says: what is wrong is told, and ends nothing.
 */
export const probe: Phase<LiveMigration> = {
  name: 'probe',
  async run(migration) {
    const { peer, source, target, line } = migration
    if (migration.guestLost !== undefined) return
    const asked = peer
      .call('peer/health', { zone: source.name }, { timeoutMs: answerTimeoutMs })
      .catch((error: Error) => ({ faults: [`it does not say how it is: ${error.message}`] }))
    // Of a guest that has gone on before, by post-copy, it is too late to tell.
    const heard = migration.sent?.isComplete === true ? source.heardElsewhere() : undefined
    const [{ faults }, heardThereAtMs] = await Promise.all([asked, heard])
    migration.faults = faults
    migration.heardThereAtMs = heardThereAtMs
    if (faults.length === 0) return
    const there = target?.name ?? 'the target'
    line(
      `Warning: the zone is on ${there}, but ${faults.join('; ')}. See there: zoneadm -z ${source.name} list -v`,
    )
  },
}
