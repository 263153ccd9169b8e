import { ZoneError } from '../../errors.ts'
import { isAlive } from '../../util/process-identity.ts'
import type { RunningZone, Zone } from '../zone.ts'

/**
 * Why a migration failed, for the operator: if the zone's own machine has ended meanwhile, everything else that failed is
 * only a consequence of it.
 *
 * @param before the machine that ran when the migration was asked for
 * @param error what the migration threw
 * @returns the error to be thrown
 */
export async function explainedByEnd(
  zone: Zone,
  before: RunningZone | undefined,
  error: unknown,
): Promise<unknown> {
  const isSettled = error instanceof ZoneError && settledWords.includes(error.code)
  if (before === undefined || isSettled || zone.record.state !== 'installed') return error
  // It is held: whether it is here is not known.
  if (zone.moving !== undefined) return error
  if (await isAlive(before.machine.qemu.identity)) return error
  return new ZoneError(
    `zone '${zone.name}': its machine ended while it was being migrated; the zone is installed here, with its disk as the guest left it`,
    {
      code: 'MACHINE_ENDED',
      remedy: `Boot it, as after a power failure: zoneadm -z ${zone.name} boot`,
      cause: error,
    },
  )
}

/** They say already what has become of the zone. */
const settledWords: readonly string[] = [
  'HAND_OVER_UNCERTAIN',
  'NOT_DETACHED',
  'POSTCOPY_BROKEN',
  'TARGET_LOST',
  'TARGET_SILENT',
]
