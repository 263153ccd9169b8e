import { ZoneError } from '../../errors.ts'
import { QmpClosedError, QmpTimeoutError } from '../../qmp/qmp-errors.ts'
import type { Zone } from '../zone.ts'

/**
 * What the operator is told if the zone's own machine keeps a migration from being settled: that the zone is held, and what to type.
 *
 * @returns the error to be thrown
 */
export function heldStill({ name, running }: Zone, error: unknown): unknown {
  const isMachines =
    error instanceof QmpTimeoutError ||
    error instanceof QmpClosedError ||
    (error instanceof ZoneError && error.code === 'TAKE_BACK_FAILED')
  if (!isMachines) return error
  const recover = `zoneadm -z ${name} migrate --recover`
  const pid = error instanceof QmpTimeoutError ? running?.machine.qemu.identity.pid : undefined
  return new ZoneError(
    `zone '${name}': its machine here keeps its migration from being settled, and the zone is held: ${error.message}`,
    {
      code: error.code,
      remedy: [
        `zonesd goes on trying. To try now: ${recover}`,
        ...(pid === undefined
          ? []
          : [
              `Only if it will never answer, and what it has of the guest may be lost: kill -9 ${pid}, then ${recover}`,
            ]),
      ].join('\n'),
      cause: error,
    },
  )
}
