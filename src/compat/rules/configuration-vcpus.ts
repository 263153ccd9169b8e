import { mustMatchRule } from '../must-match-rule.ts'

export const configurationVcpus = mustMatchRule({
  id: 'configuration/vcpus',
  title: 'Both configurations give the zone the same number of virtual CPUs',
  doc:
    'virtual-cpu:ncpus must be the same in both configurations. A resumed guest goes on with the CPUs it has; one that ' +
    'vanishes takes its threads with it.',
  why: 'A guest that goes on expects each CPU it had, no fewer and no more',
  covers: (_, resource) => resource === 'virtual-cpu',
})
