import { installQemu } from '../commands.ts'
import { rule } from '../rule.ts'

export const hypervisorMachineType = rule({
  id: 'hypervisor/machine-type',
  title: "The target's QEMU knows the machine type of the guest",
  doc:
    'A machine type with its version fixes chipset, buses and firmware tables for good. The guest goes on only in the ' +
    'type it booted with; older QEMUs do not know newer versions, and newer ones drop old versions.',
  remedy: 'Install a QEMU that knows the type, or set host-compatible to a common level and reboot.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.hypervisor' },
  check({ booted, there }, { target }) {
    const { machineType } = booted
    if (there.machineTypes.includes(machineType)) return []
    const family = machineType.replace(/-?\d[\d.]*$/, '')
    const near = there.machineTypes.filter((name) => name.startsWith(`${family}-`))
    return [
      {
        property: 'host-compatible (machine type)',
        source: machineType,
        target: near.length === 0 ? `none of ${family}` : near.join(', '),
        why: 'QEMU there cannot make the machine that the guest runs in',
        remedies: [
          {
            how: `Install a QEMU that knows it: the source runs ${booted.qemuVersion}, ${target.host.name} has ${there.qemuVersion}`,
            on: 'target',
            commands: [installQemu(target.architecture)],
          },
          { how: 'Or set host-compatible to a level that both hosts have, and reboot the zone' },
        ],
      },
    ]
  },
})
