import { ZoneError } from '../errors.ts'
import { parseSuri } from '../zone/suri/parse-suri.ts'
import type { BlockStore } from './block-store.ts'
import type { StorageContext } from './driver.ts'
import { openFileStore } from './file-store.ts'
import { openQemuNbd } from './qemu-nbd.ts'
import { driverOf, imageArguments } from './storage.ts'

export interface OpenStorageOptions {
  /** Path for the socket of a helper, if one is needed; nobody else may use it meanwhile. */
  readonly socket: string
  readonly writable: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens a storage object to read and write its bytes from kzone itself. It must be there already.
 *
 * @throws ZoneError STORAGE_UNREACHABLE, HOST_FAILURE, SURI_INVALID, SURI_UNSUPPORTED
 */
export async function openStorage(
  uri: string,
  context: StorageContext,
  { socket, writable, signal }: OpenStorageOptions,
): Promise<BlockStore> {
  const suri = parseSuri(uri)
  const driver = driverOf(suri)
  try {
    const path = await driver.localPath?.(suri, context)
    if (path !== undefined) return await openFileStore(path, writable ? 'write' : 'read')
    return await openQemuNbd(await imageArguments(suri, context, { signal }), { socket, writable, signal })
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    throw new ZoneError(`Cannot open "${uri}": ${(error as Error).message}`, {
      code: 'STORAGE_UNREACHABLE',
      remedy: 'Check that the storage is up and that this host may use it',
      cause: error,
    })
  }
}
