import { moveWhileDown } from '../remedies.ts'
import { rule } from '../rule.ts'

export const hypervisorAccelerator = rule({
  id: 'hypervisor/accelerator',
  title: 'The target runs guests with the same accelerator',
  doc:
    'With KVM the CPU runs the guest itself, with TCG QEMU translates it. The two give a guest different features, ' +
    'clocks and interrupt controllers behind the same names; a guest cannot change over while it runs.',
  remedy: 'Make KVM work on the target, or move the zone while it is down.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.hypervisor' },
  wants: { existing: 'targetContract' },
  check({ booted, there, existing }, context) {
    if (booted.accelerator === there.accelerator) return []
    const { host } = context.target
    const lookAtKvm = {
      how: `See why KVM does not run on ${host.name}`,
      on: 'target' as const,
      commands: ['ls -l /dev/kvm', 'dmesg | grep -i -e kvm -e vmx -e svm'],
    }
    return [
      {
        property: 'accelerator',
        source: booted.accelerator,
        target: `${there.accelerator} (${there.acceleratorReason})`,
        why: 'CPU features, clock and interrupt controller would change under the running guest',
        remedies: [
          ...(booted.accelerator === 'kvm' ? [lookAtKvm] : []),
          moveWhileDown(context, existing !== undefined && existing !== null),
        ],
      },
    ]
  },
})
