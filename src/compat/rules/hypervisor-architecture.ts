import { rule } from '../rule.ts'

export const hypervisorArchitecture = rule({
  id: 'hypervisor/architecture',
  title: 'Both hosts are of the same architecture',
  doc: 'A guest is made of instructions of one architecture. It does not run on another, in any kind of migration.',
  remedy: 'Choose a target of the same architecture.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: {},
  check(_, { source, target }) {
    if (source.architecture === target.architecture) return []
    return [
      {
        property: 'architecture',
        source: source.architecture,
        target: target.architecture,
        why: 'The instructions of the guest do not run there',
        remedies: [{ how: `Choose a target of architecture ${source.architecture}` }],
      },
    ]
  },
})
