import type { RemedyDraft, Side } from '../rule.ts'
import { rule } from '../rule.ts'

interface Kept {
  readonly synchronised: boolean | null
}

const toleratedMs = 2000

export const clockOffset = rule({
  id: 'clock/offset',
  title: 'The clocks of both hosts agree',
  doc:
    'The clock of a guest goes on from what it was, and is set by that of the host at the next boot or by a time service. ' +
    'If the clocks of the hosts differ, certificates, leases and logs of both sides no longer fit together. kzone itself ' +
    'measures its deadlines on each host by a clock that nobody sets. Less than 2 s is let pass.',
  remedy: 'Let a time server keep the clock of both hosts.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: { offset: 'clockOffset', here: 'source.clock', there: 'target.clock' },
  check({ offset, here, there }, { target }) {
    if (offset === null) return []
    const { leastMs, mostMs } = offset
    if (leastMs <= toleratedMs && mostMs >= -toleratedMs) return []
    const direction = leastMs > 0 ? `${inSeconds(leastMs)} ahead` : `${inSeconds(-mostMs)} behind`
    return [
      {
        property: 'clock',
        source: describe(here),
        target: `at least ${direction}; ${describe(there)}`,
        why: `Certificates, leases and logs of ${target.host.name} and of the guest would not fit together`,
        remedies: [...keepTime(here, 'source'), ...keepTime(there, 'target')],
      },
    ]
  },
})

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function describe({ synchronised }: Kept): string {
  if (synchronised === null) return 'not known whether a time server keeps it'
  return synchronised ? 'kept by a time server' : 'kept by no time server'
}

function keepTime({ synchronised }: Kept, on: Side): RemedyDraft[] {
  if (synchronised === true) return []
  return [{ how: 'Let a time server keep the clock', on, commands: ['timedatectl set-ntp true'] }]
}
