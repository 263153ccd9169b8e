import { ZoneError } from '../errors.ts'

/**
 * Whether a file with a secret is its owner's alone.
 *
 * @throws ZoneError CREDENTIALS_UNSAFE
 */
export function requirePrivate(file: string, mode: number): void {
  if ((mode & 0o077) === 0) return
  throw new ZoneError(`"${file}" can be read by others than its owner`, {
    code: 'CREDENTIALS_UNSAFE',
    remedy: `chmod 0600 ${file}`,
  })
}

/** Whether the user is root or the one that zonesd runs as: nobody else can change a file of theirs. */
export const isOwn = (uid: number): boolean => uid === 0 || uid === process.getuid?.()
