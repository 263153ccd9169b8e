import { mustMatchRule } from '../must-match-rule.ts'

export const configurationNics = mustMatchRule({
  id: 'configuration/nics',
  title: 'Both configurations have the same properties of each anet and net',
  doc:
    'Every property of each anet and net, with its mac and vlan sub-resources, must be the same in both configurations. ' +
    'QEMU accepts another MAC address or one more NIC without a word; the guest then talks to nobody.',
  why: 'The guest keeps the NIC as it knows it: what differs on the host cuts its traffic off',
  covers: (_, resource) => resource === 'anet' || resource === 'net',
})
