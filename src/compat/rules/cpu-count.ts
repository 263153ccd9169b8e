import { rule } from '../rule.ts'

export const cpuCount = rule({
  id: 'cpu/count',
  title: 'The target has as many CPUs as the zone',
  doc:
    'A zone with more virtual CPUs than the host has real ones runs, but its CPUs wait for each other. Locks in the ' +
    'guest then cost far more than they should.',
  remedy: 'Choose a larger target, or give the zone fewer CPUs.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: { processor: 'target.cpu' },
  check({ processor }, { contract }) {
    if (processor.count >= contract.ncpus) return []
    return [
      {
        property: 'virtual-cpu:ncpus',
        source: String(contract.ncpus),
        target: `${processor.count} CPUs`,
        why: 'The CPUs of the guest would wait for each other',
        remedies: [],
      },
    ]
  },
})
