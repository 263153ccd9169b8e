import { wordSet } from '../facts-index.ts'
import { updateQemu } from '../remedies.ts'
import { rule } from '../rule.ts'

export const hypervisorDevices = rule({
  id: 'hypervisor/devices',
  title: "The target's QEMU has every device model that the guest uses",
  doc:
    'Each device of the guest has to be made again on the target, of the same model. Distributions put some models ' +
    'into packages of their own or leave them out.',
  remedy: 'Install the packages of QEMU that the source has.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.hypervisor' },
  *check({ booted, there }, context) {
    const offered = wordSet(there.devices)
    const missing = booted.devices.filter(({ kind }) => !offered.has(kind))
    for (const kind of new Set(missing.map((device) => device.kind))) {
      const ids = missing.filter((device) => device.kind === kind).map(({ id }) => id)
      yield {
        property: `device model ${kind}`,
        source: `used by ${ids.join(', ')}`,
        target: `not in QEMU ${there.qemuVersion}`,
        why: 'QEMU there would not start: it cannot make the device that the guest uses',
        remedies: [updateQemu('target', context, 'the QEMU packages of the source')],
      }
    }
  },
})
