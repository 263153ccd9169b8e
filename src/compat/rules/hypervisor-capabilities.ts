import type { Hypervisor } from '../../facts/schema.ts'
import { updateQemu } from '../remedies.ts'
import { rule } from '../rule.ts'

/** Without these the switch-over cannot wait until ownership of the zone has been handed over. */
const wanted = ['events', 'pause-before-switchover', 'return-path']

export const hypervisorCapabilities = rule({
  id: 'hypervisor/capabilities',
  title: 'Both QEMUs can do what a safe switch-over needs',
  doc:
    'kzone stops a migration just before the switch-over, hands the ownership of the zone over, and only then lets ' +
    'the guest go on. For that both QEMUs need the migration capabilities events, pause-before-switchover and ' +
    'return-path.',
  remedy: 'Install a later QEMU, and reboot the zones that still run in the old one.',
  kinds: ['live'],
  severity: 'error',
  needs: { here: 'source.hypervisor', there: 'target.hypervisor' },
  *check({ here, there }, context) {
    for (const capability of wanted) {
      const [isHere, isThere] = [
        here.capabilities.includes(capability),
        there.capabilities.includes(capability),
      ]
      if (isHere && isThere) continue
      yield {
        property: `migration capability ${capability}`,
        source: describe(isHere, here),
        target: describe(isThere, there),
        why: 'Without it there would be a moment in which the zone belongs to both hosts or to none',
        remedies: [
          ...(isHere ? [] : [updateQemu('source', context, 'a later QEMU')]),
          ...(isThere ? [] : [updateQemu('target', context, 'a later QEMU')]),
        ],
      }
    }
  },
})

function describe(has: boolean, { qemuVersion }: Hypervisor): string {
  return `${has ? 'yes' : 'no'} (QEMU ${qemuVersion})`
}
