import { moveWhileDown } from '../remedies.ts'
import { rule } from '../rule.ts'

export const cpuTscInvariant = rule({
  id: 'cpu/tsc-invariant',
  title: 'The time-stamp counter runs as evenly on the target as at the source',
  doc:
    'An invariant time-stamp counter counts at one speed, whatever the processor does to save power. A guest under KVM ' +
    'that booted on one may take its time from it. Where the counter follows the speed of the processor, or stands still ' +
    'while that sleeps, the clock of the guest does so as well, and no speed that is compared at one moment shows it ' +
    '(cpu/tsc).',
  remedy:
    'Choose a target whose processor has one, or let the guest take its time from kvmclock or a time server.',
  kinds: ['warm', 'live'],
  severity: 'warning',
  needs: { booted: 'boot', here: 'source.tsc', there: 'target.tsc' },
  wants: { existing: 'targetContract' },
  check({ booted, here, there, existing }, context) {
    if (booted.accelerator !== 'kvm' || !here.invariant || there.invariant) return []
    return [
      {
        property: 'TSC',
        source: 'invariant',
        target: `not invariant on ${context.target.host.name}`,
        why: 'The clock of the guest may go by a counter that does not run evenly any more',
        remedies: [
          { how: 'Choose a target whose processor has an invariant counter' },
          moveWhileDown(context, existing !== undefined && existing !== null),
        ],
      },
    ]
  },
})
