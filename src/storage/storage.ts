import { stat } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import { messageOf } from '../util/message-of.ts'
import { runCommand } from '../util/run-command.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import { parseSuri } from '../zone/suri/parse-suri.ts'
import type { Suri } from '../zone/suri/suri.ts'
import { type ConvertOptions, convert } from './convert.ts'
import { devDriver } from './dev.ts'
import type {
  BlockNode,
  ProbeOptions,
  Protocol,
  QemuObject,
  StorageContext,
  StorageDriver,
} from './driver.ts'
import { fileDriver } from './file.ts'
import { iscsiDriver } from './iscsi.ts'
import { luDriver } from './lu.ts'
import { nbdDriver } from './nbd.ts'
import { nfsDriver } from './nfs.ts'
import { rbdDriver } from './rbd.ts'

/** The driver of a scheme, seen as one that takes any URI: it is only ever handed its own. */
export function driverOf(suri: Suri): StorageDriver<Suri> {
  switch (suri.scheme) {
    case 'file':
      return fileDriver as StorageDriver<Suri>
    case 'dev':
      return devDriver as StorageDriver<Suri>
    case 'iscsi':
      return iscsiDriver as StorageDriver<Suri>
    case 'nfs':
      return nfsDriver as StorageDriver<Suri>
    case 'lu':
      return luDriver as StorageDriver<Suri>
    case 'nbd':
      return nbdDriver as StorageDriver<Suri>
    case 'rbd':
      return rbdDriver as StorageDriver<Suri>
  }
}

export interface GraphOptions {
  readonly signal?: AbortSignal | undefined
  readonly sizeBytes?: number | undefined
}

/** What QEMU is told of a storage object. */
export interface BlockGraph {
  readonly objects: readonly QemuObject[]
  /** Root node last. */
  readonly nodes: readonly BlockNode[]
}

/**
 * QEMU's block graph for a storage URI. The format is always raw: what a guest can write is never probed for a format.
 *
 * @param sizeBytes how much of it from its beginning the guest is to see; undefined: all
 * @param readOnly nobody writes to it, and others may read it meanwhile
 * @throws ZoneError SURI_INVALID, SURI_UNSUPPORTED, CREDENTIALS_UNSAFE, STORAGE_UNREACHABLE
 */
export async function blockGraph(
  uri: string,
  nodeName: string,
  context: StorageContext,
  { signal, sizeBytes, readOnly = false }: GraphOptions & { readonly readOnly?: boolean } = {},
): Promise<BlockGraph> {
  const suri = parseSuri(uri)
  const file = `${nodeName}-storage`
  const { node, objects = [] } = await protocolOf(suri, context, nodeName, signal)
  const access = readOnly ? { 'read-only': true } : {}
  return {
    objects,
    nodes: [
      { 'node-name': file, ...node, ...access },
      // What the guest gives back reaches the storage only if each node passes it on.
      { 'node-name': nodeName, driver: 'raw', file, discard: 'unmap', ...access, ...sized(sizeBytes) },
    ],
  }
}

/** As QEMU's raw driver limits what is seen. */
const sized = (size: number | undefined) => (size === undefined ? {} : { size })

/** What has to be found out first may fail as the opening itself may. */
async function protocolOf(
  suri: Suri,
  context: StorageContext,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Protocol> {
  const within = deadline(signal, locateTimeoutMs)
  try {
    return await driverOf(suri).protocol(suri, context, name, within)
  } catch (error) {
    signal?.throwIfAborted()
    throw unreachable(formatSuri(suri), within.aborted ? noAnswer(locateTimeoutMs) : error)
  }
}

/** The graph in one piece, as the programs qemu-img and qemu-nbd take it. */
export async function imageArguments(
  suri: Suri,
  context: StorageContext,
  { signal, sizeBytes, name = 'storage' }: GraphOptions & { readonly name?: string } = {},
): Promise<{ readonly objects: readonly string[]; readonly image: string }> {
  const { node, objects = [] } = await protocolOf(suri, context, name, signal)
  return {
    objects: objects.flatMap((object) => ['--object', JSON.stringify(object)]),
    image: `json:${JSON.stringify({ driver: 'raw', file: node, ...sized(sizeBytes) })}`,
  }
}

export interface OpenedStorage {
  readonly sizeBytes: number
  readonly identity?: string
  /** As `Sight` has them. */
  readonly names?: readonly string[]
}

/**
 * Really opens the storage from this host, for reading, as QEMU will, whether or not a guest uses it.
 *
 * @throws ZoneError STORAGE_UNREACHABLE with QEMU's words, also if this host may not write to it
 */
export async function probeStorage(
  uri: string,
  context: StorageContext,
  { signal, timeoutMs = 15_000 }: ProbeOptions = {},
): Promise<OpenedStorage> {
  const suri = parseSuri(uri)
  const driver = driverOf(suri)
  const within = deadline(signal, timeoutMs)
  try {
    const [sight, info] = await Promise.allSettled([
      driver.look?.(suri, context, within),
      imageArguments(suri, context, { signal: within }).then(({ objects, image }) =>
        runCommand('qemu-img', ['info', ...objects, '--output=json', '-U', image], { signal, timeoutMs }),
      ),
    ])
    // Of two refusals the one in our own words.
    if (sight.status === 'rejected') throw sight.reason
    if (info.status === 'rejected') throw info.reason
    const { identity, names, readOnly } = sight.value ?? {}
    if (readOnly !== undefined) throw new Error(readOnly)
    const { 'virtual-size': sizeBytes } = JSON.parse(info.value.stdout) as { 'virtual-size': number }
    return {
      sizeBytes,
      ...(identity === undefined ? {} : { identity }),
      ...(names === undefined ? {} : { names }),
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (error instanceof ZoneError && error.code === 'SURI_UNSUPPORTED') throw error
    throw unreachable(uri, within.aborted ? noAnswer(timeoutMs) : error)
  }
}

const locateTimeoutMs = 15_000

const noAnswer = (timeoutMs: number) => new Error(`no answer within ${timeoutMs} ms`)

function deadline(signal: AbortSignal | undefined, timeoutMs: number): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs)
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout])
}

function unreachable(uri: string, error: unknown): ZoneError {
  if (error instanceof ZoneError && error.message.startsWith('Cannot open ')) return error
  const ownRemedy = error instanceof ZoneError ? error.remedy : undefined
  return new ZoneError(`Cannot open "${uri}": ${lastWords(error)}`, {
    code: 'STORAGE_UNREACHABLE',
    remedy: ownRemedy ?? 'Check that the storage is up and that this host may use it',
    cause: error,
  })
}

/**
 * What tells a storage object from every other as far as this host can see without asking over a network: two URIs of one
 * object have the same. Never throws.
 */
export async function storageIdentity(uri: string, context: StorageContext): Promise<string> {
  try {
    const suri = parseSuri(uri)
    const driver = driverOf(suri)
    const path = await driver.localPath?.(suri, context)
    const status = path === undefined ? undefined : await stat(path).catch(() => undefined)
    if (status === undefined) return driver.place(suri, context)
    return status.isBlockDevice() ? `device ${status.rdev}` : `inode ${status.dev}:${status.ino}`
  } catch {
    return uri
  }
}

/** What QEMU said, without its own name and without the description of the node that it was given. */
function lastWords(error: unknown): string {
  const text = messageOf(error)
  return text
    .replace(/^qemu-img: /, '')
    .replace(/^no end within/, 'no answer within')
    .replace(/Could not open 'json:.*?': /s, '')
}

/**
 * Makes a storage object if its scheme can and it is not there.
 *
 * @returns 'created', or 'existed' if it was there already
 * @throws ZoneError STORAGE_UNREACHABLE, if it is not there and cannot be made here; STORAGE_LEFT: something of it may be there,
 *   and with any other error nothing is
 */
export async function createStorage(
  uri: string,
  sizeBytes: number,
  context: StorageContext,
  options: ProbeOptions = {},
): Promise<'created' | 'existed'> {
  const suri = parseSuri(uri)
  const driver = driverOf(suri)
  if (driver.create !== undefined) {
    const { signal, timeoutMs = 15_000 } = options
    return driver.create(suri, sizeBytes, context, deadline(signal, timeoutMs))
  }
  await probeStorage(uri, context, options)
  return 'existed'
}

/** Removes what `createStorage` made. */
export async function removeStorage(uri: string, context: StorageContext): Promise<void> {
  const suri = parseSuri(uri)
  await driverOf(suri).remove?.(suri, context, AbortSignal.timeout(removeTimeoutMs))
}

const removeTimeoutMs = 30_000

/**
 * Copies a disk image onto a storage object.
 *
 * @param image the image file and its format, as declared
 * @param options.sizeBytes how much of the storage is for it
 * @throws ZoneError COMMAND_FAILED with the words of qemu-img
 */
export async function copyImage(
  image: { readonly path: string; readonly format: 'raw' | 'qcow2' },
  uri: string,
  context: StorageContext,
  options: GraphOptions & ConvertOptions = {},
): Promise<void> {
  const { signal, sizeBytes } = options
  const target = await imageArguments(parseSuri(uri), context, { signal, sizeBytes })
  const args = [...target.objects, '-f', image.format, '-O', 'raw', image.path, target.image]
  await convert(args, options)
}

/**
 * Copies a storage object that nobody writes to onto another, which is at least as large.
 *
 * @param options.sizeBytes how much of it; undefined: all
 * @throws ZoneError COMMAND_FAILED with the words of qemu-img; the signal's reason
 */
export async function copyStorage(
  from: string,
  to: string,
  context: StorageContext,
  options: ConvertOptions & GraphOptions = {},
): Promise<void> {
  const { signal, sizeBytes } = options
  const [source, target] = [
    await imageArguments(parseSuri(from), context, { signal, sizeBytes, name: 'source' }),
    await imageArguments(parseSuri(to), context, { signal, sizeBytes, name: 'target' }),
  ]
  await convert([...source.objects, ...target.objects, source.image, target.image], options)
}
