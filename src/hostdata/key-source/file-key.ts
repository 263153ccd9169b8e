import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { requirePrivate } from '../../util/private-file.ts'
import type { KeyProvider } from './key-provider.ts'

/** `file:///PATH`: a file that its owner alone can read. */
export const fileKey: KeyProvider = {
  async fetch(uri, { root }) {
    const path = join(root, decodeURIComponent(new URL(uri).pathname))
    requirePrivate(path, (await stat(path)).mode)
    return readFile(path, 'utf8')
  },
}
