import { hkdfSync, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import { atomicWrite } from '../util/atomic-write.ts'

export const zoneKeyBytes = 32

/**
 * Reads a zone's key; undefined if it has none yet.
 *
 * @throws ZoneError KEY_DAMAGED, naming the file and nothing of what is in it
 */
export async function readZoneKey(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  if (/^[0-9a-f]{64}\n$/.test(text)) return Buffer.from(text.trim(), 'hex')
  throw new ZoneError(`The key file "${path}" is damaged`, {
    code: 'KEY_DAMAGED',
    remedy: 'Restore it from a backup; without it a suspended zone cannot go on',
  })
}

export function writeZoneKey(path: string, key: Uint8Array): Promise<void> {
  return atomicWrite(path, `${Buffer.from(key).toString('hex')}\n`, 0o600)
}

/**
 * The key that a `keysource` gives: 32 bytes in hexadecimal or base64 as they are, everything else by derivation (HKDF with
 * SHA-256, RFC 5869).
 */
export function keyOfSource(raw: string): Buffer {
  if (/^[0-9a-fA-F]{64}$/.test(raw)) return Buffer.from(raw, 'hex')
  if (/^[A-Za-z0-9+/]{43}=$/.test(raw)) return Buffer.from(raw, 'base64')
  return Buffer.from(hkdfSync('sha256', raw, '', 'kzone keysource', zoneKeyBytes))
}

/** A zone's key; made when it is needed first. */
export async function ensureZoneKey(path: string): Promise<Buffer> {
  const known = await readZoneKey(path)
  if (known !== undefined) return known
  const key = randomBytes(zoneKeyBytes)
  await writeZoneKey(path, key)
  return key
}
