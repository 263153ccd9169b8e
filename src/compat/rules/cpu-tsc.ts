import { moveWhileDown } from '../remedies.ts'
import { rule } from '../rule.ts'

/** What KVM takes for the same speed. */
const toleranceParts = 250 / 1_000_000

const property = 'TSC frequency'

export const cpuTsc = rule({
  id: 'cpu/tsc',
  title: 'The time-stamp counter keeps its speed on the target',
  doc:
    'A guest under KVM measures the speed of the time-stamp counter once, at its boot, and sets its timers by it. On a ' +
    'processor of another speed KVM can keep the old one for it only if the processor can scale the counter; if not, ' +
    'QEMU goes on without a word, and the timers of the guest run fast or slow. Up to 250 millionths count as the same. ' +
    'Where either speed was not told, as by a guest that was suspended by an earlier kzone, only a processor that can ' +
    'scale the counter will do.',
  remedy:
    'Choose a target of the same speed, or one that can scale the counter; or move the zone while it is down.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.tsc' },
  wants: { existing: 'targetContract', hypervisor: 'target.hypervisor' },
  check({ booted, there, existing, hypervisor }, context) {
    const { tscFrequencyHz: givenHz } = booted
    const { frequencyHz, scaling } = there
    // That KVM does not run on the target at all is the matter of hypervisor/accelerator.
    if (booted.accelerator !== 'kvm' || hypervisor?.accelerator === 'tcg' || scaling) return []
    const remedies = () => [
      { how: 'Choose a target of the same speed, or one whose processor can scale the counter' },
      moveWhileDown(context, existing !== undefined && existing !== null),
    ]
    if (givenHz === null || frequencyHz === null) {
      const [on, whose] =
        givenHz === null ? (['source', 'that the guest was given'] as const) : (['target', 'there'] as const)
      return [
        { property, on, unknown: `the speed of the counter ${whose} was not told`, remedies: remedies() },
      ]
    }
    if (Math.abs(frequencyHz - givenHz) <= givenHz * toleranceParts) return []
    return [
      {
        property,
        source: `${inMegahertz(givenHz)} (what the guest was given)`,
        target: `${inMegahertz(frequencyHz)}, and the processor cannot scale it`,
        why: 'The timers of the guest would run fast or slow from then on',
        remedies: remedies(),
      },
    ]
  },
})

function inMegahertz(frequencyHz: number): string {
  return `${(frequencyHz / 1_000_000).toFixed(1)} MHz`
}
