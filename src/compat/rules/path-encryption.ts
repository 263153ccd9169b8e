import { migrateWith, updateQemu } from '../remedies.ts'
import { rule } from '../rule.ts'

export const pathEncryption = rule({
  id: 'path/encryption',
  title: 'Both QEMUs agree on the encryption of the memory stream',
  doc:
    'That both QEMUs have TLS with pre-shared keys does not mean that they agree on a cipher: libraries, their policies ' +
    'and the cipher given with -c decide. The check does the handshake of the migration, with a key of its own, between ' +
    'the two QEMUs.',
  remedy: 'Choose another cipher with -c, or install the same release of QEMU and GnuTLS on both hosts.',
  kinds: ['live'],
  severity: 'error',
  needs: { path: 'path' },
  check({ path }, context) {
    if (path === null || !path.encrypted || path.came !== 'to the port') return []
    const { source, target } = context
    return [
      {
        property: 'cipher',
        source: `${source.host.name} connects to ${path.host}, port ${path.port}`,
        target: path.words ?? 'no agreement',
        why: 'The memory of the guest could not be encrypted on its way',
        remedies: [
          {
            how: 'See which ciphers both hosts have, and choose another with -c, or none of them in particular',
            commands: [migrateWith(context, '-c', 'list')],
          },
          updateQemu('source', context, `the QEMU that ${target.host.name} has`),
          {
            how: 'Or do without, on a network that you trust',
            commands: [migrateWith(context, '-c', 'none')],
          },
        ],
      },
    ]
  },
})
