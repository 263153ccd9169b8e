import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ZoneError } from '../errors.ts'
import { hostLayout } from '../util/host-layout.ts'
import { requirePrivate } from '../util/private-file.ts'
import type { StorageContext } from './driver.ts'

/** What a host shows to storage that asks who it is. They stay on the host: neither URI nor configuration has them. */
export interface Credentials {
  readonly user: string
  readonly secret: Buffer
  /** For programs that read the secret themselves. */
  readonly secretFile: string
}

/**
 * Reads the credentials of a storage server or target: a folder with a file `user` and a file `secret`.
 *
 * @param names the first that has a folder counts
 * @returns undefined if none has
 * @throws ZoneError CREDENTIALS_UNSAFE: others can read the secret, or it is not usable as it is; a name leads to another folder
 */
export async function readCredentials(
  { root }: StorageContext,
  scheme: 'iscsi' | 'rbd',
  names: readonly string[],
): Promise<Credentials | undefined> {
  for (const name of names) {
    requireOneFolder(name)
    const folder = join(hostLayout(root).credentials(scheme), name)
    const secretFile = join(folder, 'secret')
    const status = await stat(secretFile).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (status === undefined) continue
    requirePrivate(secretFile, status.mode)
    const [user, secret] = await Promise.all([readFile(join(folder, 'user'), 'utf8'), readFile(secretFile)])
    if (secret.at(-1) === 0x0a) {
      throw new ZoneError(
        `"${secretFile}" ends with a line break, which would be taken for a part of the secret`,
        { code: 'CREDENTIALS_UNSAFE', remedy: `truncate -s -1 ${secretFile}` },
      )
    }
    return { user: user.trim(), secret, secretFile }
  }
  return undefined
}

/** A storage server may have said the name: it is not to choose whose secret is shown. */
function requireOneFolder(name: string): void {
  if (!name.includes('/') && !['', '.', '..'].includes(name)) return
  throw new ZoneError(`"${name}" is no name of a storage server or target, and has no credentials`, {
    code: 'CREDENTIALS_UNSAFE',
    remedy: 'Check what the storage calls itself: suriadm lookup-uri -t iscsi',
  })
}
