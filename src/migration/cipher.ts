import { Exit, ZoneError } from '../errors.ts'

/** Ciphers of the memory stream by Solaris's names, best first, with what GnuTLS calls them. */
const ciphers: ReadonlyMap<string, string> = new Map([
  ['aes-256-gcm', 'AES-256-GCM'],
  ['aes-128-gcm', 'AES-128-GCM'],
  ['chacha20-poly1305', 'CHACHA20-POLY1305'],
  ['aes-256-ccm', 'AES-256-CCM'],
  ['aes-128-ccm', 'AES-128-CCM'],
])

export const cipherNames: readonly string[] = [...ciphers.keys()]

/** Ciphers that both hosts have, in our order. */
export function commonCiphers(theirs: readonly string[]): string[] {
  return cipherNames.filter((name) => theirs.includes(name))
}

/**
 * The TLS priority string for a wanted cipher; undefined leaves the choice to the two ends.
 *
 * @throws ZoneError CIPHER_UNSUPPORTED
 */
export function tlsPriority(wanted: string | null, theirs: readonly string[]): string | undefined {
  if (wanted === null) return undefined
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
  return `NORMAL:-CIPHER-ALL:+${name}`
}
