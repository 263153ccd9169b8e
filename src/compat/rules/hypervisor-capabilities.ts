import type { Hypervisor } from '../../facts/schema.ts'
import { updateQemu } from '../remedies.ts'
import { rule } from '../rule.ts'

const handOver = 'Without it there would be a moment in which the zone belongs to both hosts or to none'
const transfer = 'QEMU would refuse the settings of the transfer when it is to begin'

/** What kzone sets, and what would come of it without. */
const without: Readonly<Record<string, string>> = {
  events: handOver,
  'return-path': handOver,
  'auto-converge': transfer,
}

const withPostcopy: Readonly<Record<string, string>> = { ...without, 'postcopy-ram': transfer }

export const hypervisorCapabilities = rule({
  id: 'hypervisor/capabilities',
  title: 'Both QEMUs can do what a safe switch-over needs',
  doc:
    'kzone hands the ownership of the zone over when the target says that it has all of the stopped guest, and only then ' +
    'lets it go on. For that both QEMUs need the migration capabilities events and return-path. A guest that changes its ' +
    'memory faster than it is sent is slowed down (auto-converge). With --postcopy they need postcopy-ram, too.',
  remedy: 'Install a later QEMU, and reboot the zones that still run in the old one.',
  kinds: ['live'],
  severity: 'error',
  needs: { here: 'source.hypervisor', there: 'target.hypervisor' },
  *check({ here, there }, context) {
    const wanted = context.intent.postcopy === true ? withPostcopy : without
    for (const [capability, why] of Object.entries(wanted)) {
      const [isHere, isThere] = [
        here.capabilities.includes(capability),
        there.capabilities.includes(capability),
      ]
      if (isHere && isThere) continue
      yield {
        property: `migration capability ${capability}`,
        source: describe(isHere, here),
        target: describe(isThere, there),
        why,
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
