import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { isOwn, requirePrivate } from '../../util/private-file.ts'
import type { KeyProvider } from './key-provider.ts'

/** `file:///PATH`: a file of root's, or of the user that zonesd runs as, which nobody else can read. */
export const fileKey: KeyProvider = {
  async fetch(uri, { root }) {
    const path = join(root, decodeURIComponent(new URL(uri).pathname))
    const { mode, uid } = await stat(path)
    requirePrivate(path, mode)
    if (!isOwn(uid)) throw anothers(path)
    return readFile(path, 'utf8')
  },
}

function anothers(path: string): ZoneError {
  return new ZoneError(`"${path}" belongs to another user than root, who can read and change it`, {
    code: 'CREDENTIALS_UNSAFE',
    remedy: `chown root ${path}`,
  })
}
