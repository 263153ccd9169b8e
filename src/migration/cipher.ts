import { Exit, ZoneError } from '../errors.ts'

/** Ciphers of the memory stream by Solaris's names, best first, with what GnuTLS calls them. */
const ciphers: ReadonlyMap<string, string> = new Map([
  ['aes-256-gcm', 'AES-256-GCM'],
  ['aes-128-gcm', 'AES-128-GCM'],
  ['chacha20-poly1305', 'CHACHA20-POLY1305'],
  ['aes-256-ccm', 'AES-256-CCM'],
  ['aes-128-ccm', 'AES-128-CCM'],
])

/**
 * In TLS 1.3 a pre-shared key goes with one hash, for GnuTLS SHA-256, and AES with 256 bits with another: there the
 * handshake fails. TLS 1.2 knows no such tie.
 */
const withoutTls13 = '-VERS-TLS1.3:'

/**
 * Left to itself, GnuTLS would choose ChaCha20 for a pre-shared key, which takes twice as long as AES where the processor
 * has instructions for it.
 */
const fastestFirst = 'NORMAL:-CIPHER-ALL:+AES-128-GCM:+CHACHA20-POLY1305:+AES-128-CCM'

export const cipherNames: readonly string[] = [...ciphers.keys()]

/** Ciphers that both hosts have, in our order. */
export function commonCiphers(theirs: readonly string[]): string[] {
  return cipherNames.filter((name) => theirs.includes(name))
}

/**
 * The TLS priority string for a wanted cipher; null: the fastest that both ends have.
 *
 * @throws ZoneError CIPHER_UNSUPPORTED
 */
export function tlsPriority(wanted: string | null, theirs: readonly string[]): string {
  if (wanted === null) return fastestFirst
  const name = ciphers.get(wanted)
  if (name === undefined) {
    throw new ZoneError(
      `cipher ${wanted} not supported by this host: it supports: ${cipherNames.join(' ')}`,
      {
        code: 'CIPHER_UNSUPPORTED',
        exit: Exit.usage,
      },
    )
  }
  if (!theirs.includes(wanted)) {
    throw new ZoneError(
      `cipher ${wanted} not supported by destination: destination supports: ${theirs.join(' ')}`,
      { code: 'CIPHER_UNSUPPORTED', remedy: `Choose one of: ${commonCiphers(theirs).join(' ')}` },
    )
  }
  return `NORMAL:${name.startsWith('AES-256') ? withoutTls13 : ''}-CIPHER-ALL:+${name}`
}
