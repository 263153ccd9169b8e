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
  check({ processor }, { contract, target }) {
    if (processor.count >= contract.ncpus) return []
    return [
      {
        property: 'virtual-cpu:ncpus',
        source: `${contract.ncpus} in the zone`,
        target: `${processor.count} in ${target.host.name} (${processor.model})`,
        why: 'The CPUs of the guest would wait for each other: it runs, but slower',
        remedies: [],
      },
    ]
  },
})
