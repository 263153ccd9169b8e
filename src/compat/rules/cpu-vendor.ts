import { moveWhileDown } from '../remedies.ts'
import { rule } from '../rule.ts'

export const cpuVendor = rule({
  id: 'cpu/vendor',
  title: 'Under KVM both hosts have processors of one vendor',
  doc:
    'Under KVM a guest sees the vendor of the host, whatever its CPU class. Kernels choose instructions for system ' +
    'calls, mitigations and clocks by the vendor at their boot: with Intel under a guest that booted on AMD, or the ' +
    'other way round, it runs code that was made for the other.',
  remedy: 'Choose a target of the same vendor, or move the zone while it is down.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', here: 'source.cpu', there: 'target.cpu' },
  wants: { existing: 'targetContract' },
  check({ booted, here, there, existing }, context) {
    if (booted.accelerator !== 'kvm' || here.vendor === there.vendor) return []
    return [
      {
        property: 'CPU vendor',
        source: `${here.vendor} (${here.model})`,
        target: `${there.vendor} (${there.model})`,
        why: 'Under KVM the guest sees the vendor of the host, and its kernel was set up for the other one',
        remedies: [
          { how: `Choose a target with a processor of ${here.vendor}` },
          moveWhileDown(context, existing !== undefined && existing !== null),
        ],
      },
    ]
  },
})
