import type { Hypervisor } from '../../facts/schema.ts'
import { migrateWith, updateQemu } from '../remedies.ts'
import { type Context, type DifferenceDraft, type RemedyDraft, rule } from '../rule.ts'

interface Offers {
  readonly here: Hypervisor
  readonly there: Hypervisor
  readonly offeredHere: readonly string[]
  readonly offeredThere: readonly string[]
}

export const protocolEncryption = rule({
  id: 'protocol/encryption',
  title: 'Both hosts can encrypt the memory stream, by one cipher',
  doc:
    'The memory of a guest holds its secrets. It travels over TLS with a key made for this migration, for which both ' +
    'QEMUs need TLS-PSK, and kzone on both hosts a cipher in common: the one given with -c, if there is one. On a network ' +
    'that is trusted, -c none leaves the encryption out.',
  remedy:
    'Install a QEMU built with GnuTLS, choose a cipher that both hosts have with -c, or leave the encryption out with -c none.',
  kinds: ['live'],
  severity: 'error',
  needs: {
    here: 'source.hypervisor',
    there: 'target.hypervisor',
    offeredHere: 'source.ciphers',
    offeredThere: 'target.ciphers',
  },
  check(offers, context) {
    if (!context.intent.encrypt) return []
    const { here, there } = offers
    return here.tlsPsk && there.tlsPsk ? withoutCipher(offers, context) : withoutTls(offers, context)
  },
})

function withoutTls({ here, there }: Offers, context: Context): DifferenceDraft[] {
  return [
    {
      property: 'cipher',
      source: describe(here),
      target: describe(there),
      why: 'The memory of the guest could not be encrypted on its way',
      remedies: [
        ...(here.tlsPsk ? [] : [updateQemu('source', context, 'a QEMU built with GnuTLS')]),
        ...(there.tlsPsk ? [] : [updateQemu('target', context, 'a QEMU built with GnuTLS')]),
        doWithout(context),
      ],
    },
  ]
}

function withoutCipher({ offeredHere, offeredThere }: Offers, context: Context): DifferenceDraft[] {
  const { intent, source, target } = context
  const wished = intent.cipher
  const common = offeredHere.filter((cipher) => offeredThere.includes(cipher))
  const [best] = common
  if (best !== undefined && (wished === undefined || common.includes(wished))) return []
  const lacking = [
    ...(wished === undefined || offeredHere.includes(wished) ? [] : [source.host.name]),
    ...(wished === undefined || offeredThere.includes(wished) ? [] : [target.host.name]),
  ]
  return [
    {
      property: 'cipher',
      source: listed(offeredHere),
      target: listed(offeredThere),
      why:
        wished === undefined
          ? 'No cipher is common to both hosts: the memory of the guest could not be encrypted on its way'
          : `The cipher ${wished}, asked for with -c, is not supported by ${lacking.join(' and ')}`,
      remedies: [
        best === undefined
          ? {
              how: `Install the same release of kzone and QEMU on ${source.host.name} and ${target.host.name}`,
            }
          : {
              how: `Choose one that both have (${common.join(', ')}), or leave -c away`,
              commands: [migrateWith(context, '-c', best)],
            },
        doWithout(context),
      ],
    },
  ]
}

function doWithout(context: Context): RemedyDraft {
  return {
    how: 'Or do without, on a network that you trust',
    commands: [migrateWith(context, '-c', 'none')],
  }
}

function listed(ciphers: readonly string[]): string {
  return ciphers.length === 0 ? 'no ciphers' : ciphers.join(', ')
}

function describe({ tlsPsk, qemuVersion }: Hypervisor): string {
  return `${tlsPsk ? 'TLS-PSK' : 'no TLS-PSK'} (QEMU ${qemuVersion})`
}
