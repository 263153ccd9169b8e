import { installQemu } from '../commands.ts'
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
  *check({ booted, there }, { target }) {
    const missing = new Set(booted.devices.map(({ kind }) => kind)).difference(new Set(there.devices))
    for (const kind of missing) {
      const ids = booted.devices.filter((device) => device.kind === kind).map(({ id }) => id)
      yield {
        property: `device model ${kind}`,
        source: `used by ${ids.join(', ')}`,
        target: `not in QEMU ${there.qemuVersion}`,
        why: 'The guest would find the device gone',
        remedies: [
          {
            how: `Install the QEMU packages of the source on ${target.host.name}`,
            on: 'target',
            commands: [installQemu(target.architecture)],
          },
        ],
      }
    }
  },
})
