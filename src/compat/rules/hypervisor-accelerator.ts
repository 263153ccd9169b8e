import { rule } from '../rule.ts'

export const hypervisorAccelerator = rule({
  id: 'hypervisor/accelerator',
  title: 'The target runs guests with the same accelerator',
  doc:
    'With KVM the CPU runs the guest itself, with TCG QEMU translates it. The two give a guest different features, ' +
    'clocks and interrupt controllers behind the same names; a guest cannot change over while it runs.',
  remedy: 'Make KVM work on the target, or migrate the zone cold.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.hypervisor' },
  check({ booted, there }, { target }) {
    if (booted.accelerator === there.accelerator) return []
    const remedy =
      booted.accelerator === 'kvm'
        ? {
            how: `See why KVM does not run on ${target.host.name}`,
            on: 'target' as const,
            commands: ['ls -l /dev/kvm', 'dmesg | grep -i kvm'],
          }
        : { how: 'Shut the zone down and migrate it cold' }
    return [
      {
        property: 'accelerator',
        source: booted.accelerator,
        target: there.accelerator,
        why: 'CPU features, clock and interrupt controller would change under the running guest',
        remedies: [remedy],
      },
    ]
  },
})
