import { faultsOf } from '../hypervisor-faults.ts'
import { updateQemu } from '../remedies.ts'
import { rule, type Side } from '../rule.ts'

export const hypervisorFaults = rule({
  id: 'hypervisor/faults',
  title: 'Neither QEMU has a known fault that breaks the migration',
  doc:
    'Some releases of QEMU are known to fail guests on their way. A version number does not tell whether a distribution ' +
    'has mended its build, so this only warns. If it fails, the guest goes on running where it was.',
  remedy: 'Bring the QEMU that has the fault up to date.',
  kinds: ['warm', 'live'],
  severity: 'warning',
  needs: { booted: 'boot', there: 'target.hypervisor' },
  *check({ booted, there }, context) {
    const versions: readonly [Side, string][] = [
      ['source', booted.qemuVersion],
      ['target', there.qemuVersion],
    ]
    for (const [side, version] of versions) {
      for (const { until, what, reference } of faultsOf(version, booted.memoryBytes)) {
        yield {
          property: `QEMU version of the ${side}`,
          source: booted.qemuVersion,
          target: there.qemuVersion,
          why: `QEMU ${version} is known to fail a guest of this size: ${what} (${reference})`,
          remedies: [updateQemu(side, context, `QEMU ${until} or later`)],
        }
      }
    }
  },
})
