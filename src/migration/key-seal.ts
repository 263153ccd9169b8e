import { createHmac, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { KeyProofs } from '../compat/input.ts'
import type { StoredConfiguration } from '../compat/target-configuration.ts'
import { type Fact, isKnown } from '../facts/schema.ts'
import { childrenOf, type ZoneConfig } from '../zone/config/zone-config.ts'
import { printExport } from '../zone/print-export.ts'

/** What a host tells of a zone's key: a digest by which another host that has the key can see that it is the same. */
export const KeySeal = z.object({ salt: z.hex().length(32), digest: z.hex().length(64) })
export type KeySeal = z.infer<typeof KeySeal>

/** A host's own configuration of a zone as another host gets it: without the key, but with its seal. */
export const SealedConfiguration = z.discriminatedUnion('status', [
  /** The key is that which the source's configuration would give the zone there; absent: it was not asked for. */
  z.object({ status: z.literal('absent'), key: KeySeal.optional(), keyUnknown: z.string().optional() }),
  /** The seal is null if the zone has no key there; a kzone that does not seal yet leaves it out. */
  z.object({
    status: z.literal('present'),
    text: z.string(),
    key: KeySeal.nullable().optional(),
    /** Why that host cannot have the key that its configuration names. */
    keyUnknown: z.string().optional(),
  }),
  z.object({ status: z.literal('damaged'), reason: z.string() }),
])
export type SealedConfiguration = z.infer<typeof SealedConfiguration>

/** The keys of a zone on a host: the one that its configuration gives, and the one that it has. Null: none. */
export interface ZoneKeys {
  readonly given: Buffer | null
  readonly own: Buffer | null
}

const digestOf = (key: Buffer, salt: string) =>
  createHmac('sha256', Buffer.from(salt, 'hex')).update(key).digest('hex')

/** A configuration for another host to compare with: its key does not leave this one. */
export function sealConfiguration(
  config: ZoneConfig,
  keys: Fact<ZoneKeys>,
): Extract<SealedConfiguration, { status: 'present' }> {
  const children = config.children.filter(({ type }) => type !== 'keysource')
  const plain = { status: 'present', text: printExport({ ...config, children }) } as const
  if (!isKnown(keys)) return { ...plain, keyUnknown: keys.unknown }
  const { given } = keys.known
  const salt = randomBytes(16).toString('hex')
  return { ...plain, key: given === null ? null : { salt, digest: digestOf(given, salt) } }
}

/**
 * Compares the key of a zone here with the one that another host has sealed.
 *
 * @param here of the zone here; undefined if its configuration could not be read: then nothing is compared
 */
export function compareKeys(
  here: Fact<ZoneKeys> | undefined,
  sealed: SealedConfiguration,
): StoredConfiguration {
  if (sealed.status === 'damaged') return sealed
  if (sealed.status === 'absent') return compareImported(here, sealed)
  const { key: seal, text, keyUnknown } = sealed
  if (here === undefined) return { status: 'present', text }
  if (keyUnknown !== undefined) return { status: 'present', text, keys: { unknown: keyUnknown } }
  if (seal === undefined) return { status: 'present', text }
  if (!isKnown(here)) return { status: 'present', text, keys: here }
  return { status: 'present', text, keys: { known: proofs(here.known, seal) } }
}

/** The source's configuration would hold there: whether it gives the zone the same key there. */
function compareImported(
  here: Fact<ZoneKeys> | undefined,
  { key, keyUnknown }: Extract<SealedConfiguration, { status: 'absent' }>,
): StoredConfiguration {
  const status = 'absent'
  if (keyUnknown !== undefined) return { status, keys: { unknown: keyUnknown } }
  if (key === undefined || here === undefined) return { status }
  return { status, keys: isKnown(here) ? { known: proofs(here.known, key) } : here }
}

/** Seals the key that a configuration which is not there yet would give its zone. */
export function sealImported(key: Fact<Buffer | null>): Extract<SealedConfiguration, { status: 'absent' }> {
  if (!isKnown(key)) return { status: 'absent', keyUnknown: key.unknown }
  if (key.known === null) return { status: 'absent' }
  const salt = randomBytes(16).toString('hex')
  return { status: 'absent', key: { salt, digest: digestOf(key.known, salt) } }
}

/** Where the key of a zone comes from, if its configuration names that alone. */
export const keyUriOf = (config: ZoneConfig) => childrenOf(config, 'keysource')[0]?.values['uri']

function proofs({ given, own }: ZoneKeys, seal: KeySeal | null): KeyProofs {
  // Without a seal there is nothing to be equal with; the zone's own key goes along.
  if (seal === null) return { here: given === null ? null : 'present', there: null }
  const key = given ?? own
  return { here: key && digestOf(key, seal.salt), there: seal.digest }
}
