import type { Hypervisor } from '../../facts/schema.ts'
import { zoneadm } from '../commands.ts'
import { updateQemu } from '../remedies.ts'
import { rule } from '../rule.ts'

export const protocolEncryption = rule({
  id: 'protocol/encryption',
  title: 'Both QEMUs can encrypt the memory stream',
  doc:
    'The memory of a guest holds its secrets. It travels over TLS with a key made for this migration, for which both ' +
    'QEMUs need TLS-PSK. On a network that is trusted, -c none leaves the encryption out.',
  remedy: 'Install a QEMU built with GnuTLS, or leave the encryption out with -c none.',
  kinds: ['live'],
  severity: 'error',
  needs: { here: 'source.hypervisor', there: 'target.hypervisor' },
  check({ here, there }, context) {
    const { intent, zone } = context
    if (!intent.encrypt || (here.tlsPsk && there.tlsPsk)) return []
    return [
      {
        property: 'cipher',
        source: describe(here),
        target: describe(there),
        why: 'The memory of the guest could not be encrypted on its way',
        remedies: [
          ...(here.tlsPsk ? [] : [updateQemu('source', context, 'a QEMU built with GnuTLS')]),
          ...(there.tlsPsk ? [] : [updateQemu('target', context, 'a QEMU built with GnuTLS')]),
          {
            how: 'Or do without, on a network that you trust',
            commands: [zoneadm(zone.name, 'migrate', '-c', 'none', intent.targetUri)],
          },
        ],
      },
    ]
  },
})

function describe({ tlsPsk, qemuVersion }: Hypervisor): string {
  return `${tlsPsk ? 'TLS-PSK' : 'no TLS-PSK'} (QEMU ${qemuVersion})`
}
