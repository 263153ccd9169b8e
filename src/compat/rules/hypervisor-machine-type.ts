import { wordSet } from '../facts-index.ts'
import { describeVersions, familyOf } from '../machine-versions.ts'
import { changeAndReboot, configureBoth, lowerLevel, updateQemu } from '../remedies.ts'
import { type Context, type RemedyDraft, rule } from '../rule.ts'

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
  wants: { existing: 'targetContract' },
  check({ booted, there, existing }, context) {
    const { machineType } = booted
    if (wordSet(there.machineTypes).has(machineType)) return []
    const levels = context.contract.hostCompatible.join(',') || 'not set'
    return [
      {
        property: 'host-compatible',
        source: `${machineType} (host-compatible: ${levels}; QEMU ${booted.qemuVersion})`,
        target: `${describeVersions(familyOf(machineType), there.machineTypes)} (QEMU ${there.qemuVersion})`,
        why: 'QEMU there cannot make the machine that the guest runs in',
        remedies: [
          updateQemu('target', context, `a QEMU that knows ${machineType}`),
          ...levelOfAll(context, existing !== undefined && existing !== null),
        ],
      },
    ]
  },
})

function levelOfAll({ contract, zone }: Context, targetHasOne: boolean): RemedyDraft[] {
  const change = lowerLevel(contract.hostCompatible)
  if (change === undefined) return []
  return [
    {
      how: 'Or set host-compatible to the level that every host has, and reboot',
      commands: changeAndReboot(zone, configureBoth(zone.name, targetHasOne, change)),
    },
  ]
}
