import { patienceMs } from '../../util/test-patience.ts'
import type { LiveMigration } from '../live-migration.ts'
import type { Phase } from '../phase.ts'

const answerTimeoutMs = patienceMs(5_000)

/**
 * Asks the target whether the guest lives there, before anything of it is removed here. The zone is the target's whatever
 * it says: what is wrong is told, and ends nothing.
 */
export const probe: Phase<LiveMigration> = {
  name: 'probe',
  async run(migration) {
    const { peer, source, target, line } = migration
    const { faults } = await peer
      .call('peer/health', { zone: source.name }, { timeoutMs: answerTimeoutMs })
      .catch((error: Error) => ({ faults: [`it does not say how it is: ${error.message}`] }))
    migration.faults = faults
    if (faults.length === 0) return
    const there = target?.name ?? 'the target'
    line(
      `Warning: the zone is on ${there}, but ${faults.join('; ')}. See there: zoneadm -z ${source.name} list -v`,
    )
  },
}
