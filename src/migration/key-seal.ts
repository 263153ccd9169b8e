import { createHmac, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { KeyProofs } from '../compat/input.ts'
import type { StoredConfiguration } from '../compat/target-configuration.ts'
import { childrenOf, type ZoneConfig } from '../zone/config/zone-config.ts'
import { printExport } from '../zone/print-export.ts'

/** What a host tells of a zone's key: a digest by which another host that has the key can see that it is the same. */
export const KeySeal = z.object({ salt: z.hex().length(32), digest: z.hex().length(64) })
export type KeySeal = z.infer<typeof KeySeal>

/** A host's own configuration of a zone as another host gets it: without the key, but with its seal. */
export const SealedConfiguration = z.discriminatedUnion('status', [
  z.object({ status: z.literal('absent') }),
  /** The seal is null if the zone has no key there; a kzone that does not seal yet leaves it out. */
  z.object({ status: z.literal('present'), text: z.string(), key: KeySeal.nullable().optional() }),
  z.object({ status: z.literal('damaged'), reason: z.string() }),
])
export type SealedConfiguration = z.infer<typeof SealedConfiguration>

const keyOf = (config: ZoneConfig) => childrenOf(config, 'keysource')[0]?.values['raw']

const digestOf = (key: string, salt: string) =>
  createHmac('sha256', Buffer.from(salt, 'hex')).update(key).digest('hex')

/** A configuration for another host to compare with: its key does not leave this one. */
export function sealConfiguration(config: ZoneConfig): Extract<SealedConfiguration, { status: 'present' }> {
  const key = keyOf(config)
  const salt = randomBytes(16).toString('hex')
  const children = config.children.filter(({ type }) => type !== 'keysource')
  return {
    status: 'present',
    text: printExport({ ...config, children }),
    key: key === undefined ? null : { salt, digest: digestOf(key, salt) },
  }
}

/**
 * Compares the key of a zone here with the one that another host has sealed.
 *
 * @param config of the zone here; undefined if there is none that could be read: then nothing is compared
 */
export function compareKeys(
  config: ZoneConfig | undefined,
  sealed: SealedConfiguration,
): StoredConfiguration {
  if (sealed.status !== 'present') return sealed
  const { key: seal, text } = sealed
  if (config === undefined || seal === undefined) return { status: 'present', text }
  const own = keyOf(config)
  const keys: KeyProofs = {
    // Without a seal there is nothing to be equal with.
    here: own === undefined ? null : seal === null ? 'present' : digestOf(own, seal.salt),
    there: seal?.digest ?? null,
  }
  return { status: 'present', text, keys }
}
