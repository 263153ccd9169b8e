import type { Reason } from '../../compat/matrix.ts'
import { untoldBySavedFacts } from '../../compat/saved-facts.ts'
import type { HostFacts } from '../../facts/schema.ts'

const hourMs = 3_600_000

/** How old facts from a file are: they are judged as if the host still were as it was then. */
export function ageNote({ host, gatheredAt }: HostFacts, nowMs = Date.now()): string {
  const hours = Math.floor((nowMs - Date.parse(gatheredAt)) / hourMs)
  const age = hours < 1 ? 'less than an hour' : hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
  return `facts of ${host.name} as saved at ${gatheredAt.slice(0, 16).replace('T', ' ')} UTC (${age} ago)`
}

/** Whether what stands in the way is only that saved facts do not tell something. */
export function isUntold({ unknown }: Pick<Reason, 'unknown'>): boolean {
  return unknown !== undefined && untoldBySavedFacts.some((need) => need === unknown)
}

export const unknownHint =
  'what saved facts do not tell refuses as well; to plan without it: --accept-unknown'
