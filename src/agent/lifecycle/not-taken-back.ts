import { ZoneError } from '../../errors.ts'
import { messageOf } from '../../util/message-of.ts'

/** What the operator is told of a guest that may stand still here. */
export interface NotTakenBack {
  readonly zone: string
  /** What it was stopped for. */
  readonly kind: 'migration' | 'suspension'
  /** Why it could not be let go on. */
  readonly held: unknown
  /** Why that has failed for which it was stopped; undefined: that is not known any more. */
  readonly failure: unknown
}

export function notTakenBack({ zone, kind, held, failure }: NotTakenBack): ZoneError {
  const why = failure === undefined ? '' : hadFailed(failure)
  return new ZoneError(
    `zone '${zone}': its ${kind} has failed, and its guest may stand still here, with its memory whole: ${messageOf(held)}${why}`,
    {
      code: 'NOT_TAKEN_BACK',
      remedy: `Once its storage answers, let it go on: zoneadm -z ${zone} migrate --recover`,
      cause: failure ?? held,
    },
  )
}

/** The end of a message about a guest that does not go on, whatever the failure itself says of that. */
export function hadFailed(failure: unknown): string {
  return `. What had failed: ${messageOf(failure).replace(/; the zone goes on running here$/, '')}`
}
