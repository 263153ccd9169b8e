import { type ScryptOptions, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { ZoneError } from '../../errors.ts'
import { childrenOf, type ZoneConfig } from '../../zone/config/zone-config.ts'
import { keyOfSource, zoneKeyBytes } from '../zone-key.ts'
import { fileKey } from './file-key.ts'
import type { KeyContext, KeyProvider } from './key-provider.ts'
import { programKey } from './program-key.ts'

const stretch = promisify<string, string, number, ScryptOptions, Buffer>(scrypt)

/** 64 MiB and a fraction of a second for each guess (RFC 7914). */
const cost = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 ** 2 }
/** The same for all zones: a host that attaches a zone knows of it nothing but its configuration. */
const salt = 'kzone keysource passphrase'

function providerOf(uri: string): KeyProvider {
  return uri.startsWith('file:') ? fileKey : programKey
}

/**
 * The key that a configuration gives its zone; undefined: it gives none.
 *
 * @throws ZoneError KEYSOURCE_UNREACHABLE: this host cannot have it now; no text of an error has any of it
 */
export async function givenKey(config: ZoneConfig, context: KeyContext): Promise<Buffer | undefined> {
  const { raw, passphrase, uri } = childrenOf(config, 'keysource')[0]?.values ?? {}
  if (raw !== undefined) return keyOfSource(raw)
  if (passphrase !== undefined) return stretch(passphrase, salt, zoneKeyBytes, cost)
  return uri === undefined ? undefined : keyAt(uri, context)
}

/**
 * The key to which a URI leads on this host.
 *
 * @throws ZoneError KEYSOURCE_UNREACHABLE
 */
export async function keyAt(uri: string, context: KeyContext): Promise<Buffer> {
  try {
    const text = (await providerOf(uri).fetch(uri, context)).trim()
    if (text === '') throw new Error('it is empty')
    return keyOfSource(text)
  } catch (error) {
    context.signal?.throwIfAborted()
    throw unreachable(uri, error as Error)
  }
}

function unreachable(uri: string, error: Error): ZoneError {
  const remedy = error instanceof ZoneError ? error.remedy : undefined
  return new ZoneError(`The key at "${uri}" cannot be had: ${error.message}`, {
    code: 'KEYSOURCE_UNREACHABLE',
    remedy: remedy ?? 'Look whether this host may have the key, and whether what keeps it is up',
    cause: error,
  })
}
