import { ZoneError } from '../../errors.ts'
import type { Zone } from '../zone.ts'

/** Of errors in which another host, a hypervisor or storage tells of itself, and nothing of the zone. */
const ofOthers: ReadonlySet<string> = new Set([
  'GOING_DOWN',
  'GO_REFUSED',
  'HOST_UNREACHABLE',
  'NO_SUCH_MIGRATION',
  'PEER_ANSWER',
  'PEER_TIMEOUT',
  'QEMU_FAILED',
  'QEMU_NOT_STARTED',
  'QMP_CLOSED',
  'QMP_CONNECT',
  'QMP_PROTOCOL',
  'QMP_REFUSED',
  'QMP_TIMEOUT',
  'STORAGE_UNREACHABLE',
])

/** Of errors that say it. */
const ofTheZone: ReadonlySet<string> = new Set(['TARGET_UNREACHABLE', 'TRANSFER_FAILED'])

/**
 * What the operator is told of a migration that has failed: that the zone is where it was, if that is so and the error does not say it;
 * and what to type, if it does not say that.
 *
 * @param before state of the zone when the migration was asked for
 * @returns the error to be thrown
 */
export function stillHere(
  { name, state, moving }: Pick<Zone, 'name' | 'state' | 'moving'>,
  before: string,
  error: unknown,
): unknown {
  if (!(error instanceof ZoneError) || moving !== undefined || state !== before) return error
  const { code, exit, details } = error
  const isOfOthers = ofOthers.has(code)
  if (!isOfOthers && !ofTheZone.has(code)) return error
  const intact = `; the zone is ${state} here as before`
  const message = isOfOthers
    ? `${error.message.replace(/\.?(; nothing was changed)?$/, '')}${intact}`
    : error.message
  const remedy = error.remedy ?? `Type the command again. How the zone stands: zoneadm -z ${name} list -v`
  return new ZoneError(message, { code, exit, details, remedy, cause: error })
}
