import { installQemu } from '../commands.ts'
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
  *check({ here, there }, { source: from, target: to }) {
    for (const capability of wanted) {
      const [source, target] = [here, there].map(({ capabilities, qemuVersion }) => ({
        has: capabilities.includes(capability),
        text: `${capabilities.includes(capability) ? 'yes' : 'no'} (QEMU ${qemuVersion})`,
      }))
      if (source === undefined || target === undefined || (source.has && target.has)) continue
      yield {
        property: `migration capability ${capability}`,
        source: source.text,
        target: target.text,
        why: 'Without it there would be a moment in which the zone belongs to both hosts or to none',
        remedies: [
          {
            how: 'Install a later QEMU, then reboot the zones that run there',
            on: source.has ? 'target' : 'source',
            commands: [installQemu((source.has ? to : from).architecture)],
          },
        ],
      }
    }
  },
})
