import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dhParameters } from './dh-params.ts'

/** User name in QEMU's file of pre-shared keys. */
const user = 'qemu'

/** A key for one migration's memory stream, in hexadecimal. */
export const newStreamKey = () => randomBytes(32).toString('hex')

/**
 * Puts the key where QEMU reads it: a file that only its owner can read, in a folder of its own. Dispose it once the
 * connection is made.
 *
 * @throws the system's error, such as that of a full disk; nothing is left then
 * @returns the folder, as QEMU's `tls-creds-psk` takes it
 */
export async function placeStreamKey(
  folder: string,
  key: string,
): Promise<AsyncDisposable & { readonly folder: string }> {
  await using undo = new AsyncDisposableStack()
  undo.use(placedStreamKey(folder))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'keys.psk'), `${user}:${key}\n`, { mode: 0o600 })
  await writeFile(join(folder, 'dh-params.pem'), dhParameters(), { mode: 0o600 })
  const placed = undo.move()
  return { folder, [Symbol.asyncDispose]: () => placed.disposeAsync() }
}

/** A key that was placed before, maybe by a program that has ended since; disposing it removes what is there. */
export function placedStreamKey(folder: string): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
