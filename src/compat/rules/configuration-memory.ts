import { mustMatchRule } from '../must-match-rule.ts'

export const configurationMemory = mustMatchRule({
  id: 'configuration/memory',
  title: 'Both configurations give the zone the same amount of memory',
  doc:
    'capped-memory:physical must be the same in both configurations. If the target has a configuration of the zone, ' +
    'that one is used to boot the zone there, and a saved memory state fits only into exactly as much memory.',
  why: "The target's configuration is the one used there, and memory of one size does not load into another",
  covers: (path) => path === 'capped-memory:physical',
})
