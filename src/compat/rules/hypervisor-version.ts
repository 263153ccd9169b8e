import { compareNumbers } from '../machine-versions.ts'
import { updateQemu } from '../remedies.ts'
import { rule } from '../rule.ts'

export const hypervisorVersion = rule({
  id: 'hypervisor/version',
  title: "The target's QEMU is not older than that which runs the guest",
  doc:
    'QEMU takes over guests from older versions as a rule, and from newer ones as long as both know the machine type. ' +
    'The way to an older version is tested less by its makers: have the way forward ready.',
  remedy: 'Bring the QEMU of the target up to date first.',
  kinds: ['warm', 'live'],
  severity: 'warning',
  needs: { booted: 'boot', there: 'target.hypervisor' },
  check({ booted, there }, context) {
    if (compareNumbers(there.qemuVersion, booted.qemuVersion) >= 0) return []
    return [
      {
        property: 'QEMU version',
        source: booted.qemuVersion,
        target: there.qemuVersion,
        why: 'Moving back to an older QEMU mostly works but is tested less than moving forward',
        remedies: [updateQemu('target', context, `QEMU ${booted.qemuVersion} or later`)],
      },
    ]
  },
})
