import { stat, truncate } from 'node:fs/promises'
import { ZoneError } from '../../errors.ts'
import { areaBytes } from '../../hostdata/owner-record/area.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import type { StorageContext } from '../../storage/driver.ts'
import { openFileStore } from '../../storage/file-store.ts'
import { openQemuNbd } from '../../storage/qemu-nbd.ts'
import { driverOf, imageArguments } from '../../storage/storage.ts'
import { bootOrder } from '../../vm/to-machine-spec.ts'
import type { Contract, ContractDevice } from '../../zone/contract.ts'
import { parseSuri } from '../../zone/suri/parse-suri.ts'

/** Storage that does not answer is not waited for. */
const answerTimeoutMs = 10_000

/** The end of a device, where host data are. */
export interface HostDataPlace {
  readonly store: BlockStore
  /** Size of the storage, in bytes, and where in it the area begins. */
  readonly sizeBytes: number
  readonly offset: number
}

export interface OpenOptions {
  /** Path for the socket of a helper; nobody else may use it meanwhile. */
  readonly socket: string
  readonly writable: boolean
}

/** A device that can have host data. */
type HostDataDevice = ContractDevice & { readonly storage: string }

/** The boot devices of a zone that can have host data, in their order; none if the first cannot: nothing would hold then. */
export function hostDataDevices({ devices }: Contract): readonly HostDataDevice[] {
  const [first, ...others] = bootOrder(devices)
  if (first === undefined || !canHold(first)) return []
  return [first, ...others.filter(canHold)]
}

const canHold = (device: ContractDevice): device is HostDataDevice =>
  device.storage !== undefined && driverOf(parseSuri(device.storage)).isExclusive !== true

/**
 * Works on the end of a device, whether or not a guest has it. A regular file is opened as it is; everything else as QEMU opens
 * it, without any cache of this host, so that what another host has written is seen.
 *
 * @throws ZoneError STORAGE_UNREACHABLE, also if it does not answer in time; what the work throws
 */
export async function atHostData<T>(
  uri: string,
  context: StorageContext,
  options: OpenOptions,
  work: (place: HostDataPlace) => Promise<T>,
): Promise<T> {
  const until = AbortSignal.timeout(answerTimeoutMs)
  try {
    await using place = await open(uri, context, options, until)
    return await work(place)
  } catch (error) {
    if (error instanceof ZoneError && error.code !== 'STORAGE_UNREACHABLE') throw error
    const words = until.aborted ? `no answer within ${answerTimeoutMs / 1000} s` : wordsOf(error as Error)
    const message = words.startsWith('Cannot open') ? words : `Cannot open "${uri}": ${words}`
    throw new ZoneError(message, {
      code: 'STORAGE_UNREACHABLE',
      remedy: 'Check that the storage is up and that this host may use it',
      cause: error,
    })
  }
}

function wordsOf({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ENOENT' ? 'No such file or directory' : message
}

async function open(
  uri: string,
  context: StorageContext,
  { socket, writable }: OpenOptions,
  until: AbortSignal,
): Promise<HostDataPlace & AsyncDisposable> {
  const suri = parseSuri(uri)
  const path = suri.scheme === 'file' ? await driverOf(suri).localPath?.(suri, context) : undefined
  if (path !== undefined) {
    const { size } = await stat(path)
    return placeOf(await openFileStore(path, writable ? 'write' : 'read'), size)
  }
  const image = await imageArguments(suri, context, { signal: until })
  const store = await openQemuNbd(image, { socket, writable, until })
  return placeOf(store, store.sizeBytes)
}

function placeOf(store: BlockStore, sizeBytes: number): HostDataPlace & AsyncDisposable {
  const offset = Math.max(0, sizeBytes - areaBytes)
  return { store, sizeBytes, offset, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

const sectorBytes = 512

/** Whether room for host data can be made behind what is there: of a regular file. */
export const canGrow = (uri: string) => parseSuri(uri).scheme === 'file'

/** What a guest sees of a file to which room is added, in bytes. */
export const roundedToSector = (bytes: number) => Math.ceil(bytes / sectorBytes) * sectorBytes

/** What a guest sees of storage up to its host data, in bytes. */
export const wholeSectors = (bytes: number) => Math.floor(bytes / sectorBytes) * sectorBytes

/** Gives a regular file another length: room for host data at its end, or none. Nothing of what is before that moves. */
export async function resizeFile(uri: string, context: StorageContext, sizeBytes: number): Promise<void> {
  const suri = parseSuri(uri)
  const path = await driverOf(suri).localPath?.(suri, context)
  if (path !== undefined) await truncate(path, sizeBytes)
}
