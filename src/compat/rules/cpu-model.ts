import { rule } from '../rule.ts'

export const cpuModel = rule({
  id: 'cpu/model',
  title: "The target's QEMU knows the CPU model of the guest",
  doc:
    'The CPU model is what cpu-arch stands for. If the QEMU of the target does not know it under this name, the guest ' +
    'cannot be started there.',
  remedy: 'Set cpu-arch to a class that both hosts have, and reboot the zone.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', models: 'target.cpuModels' },
  check({ booted, models }) {
    if (models.some(({ name }) => name === booted.cpuModel)) return []
    return [
      {
        property: 'cpu-arch (CPU model)',
        source: booted.cpuModel,
        target: `not among the ${models.length} that it knows`,
        why: 'QEMU there cannot make the CPU that the guest runs on',
        remedies: [{ how: 'Set cpu-arch to a class that both hosts have, and reboot the zone' }],
      },
    ]
  },
})
