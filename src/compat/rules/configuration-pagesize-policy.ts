import { mustMatchRule } from '../must-match-rule.ts'

export const configurationPagesizePolicy = mustMatchRule({
  id: 'configuration/pagesize-policy',
  title: 'Both configurations have the same page-size policy',
  doc:
    'capped-memory:pagesize-policy, and with the policy fixed also pagesize, must be the same in both configurations: ' +
    'the pages that back the guest decide its speed and whether its memory can be had at all.',
  why: 'Other pages would back the same memory there: the guest gets slower, or finds no pages at all',
  covers: (path) => path.startsWith('capped-memory:pagesize'),
})
