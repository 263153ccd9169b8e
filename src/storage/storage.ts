import { ZoneError } from '../errors.ts'
import { runCommand } from '../util/run-command.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import { parseSuri } from '../zone/suri/parse-suri.ts'
import type { Suri } from '../zone/suri/suri.ts'
import { devDriver } from './dev.ts'
import type { BlockNode, ProbeOptions, StorageContext, StorageDriver } from './driver.ts'
import { fileDriver } from './file.ts'
import { iscsiDriver } from './iscsi.ts'

/** The driver of a scheme, seen as one that takes any URI: it is only ever handed its own. */
export function driverOf(suri: Suri): StorageDriver<Suri> {
  switch (suri.scheme) {
    case 'file':
      return fileDriver as StorageDriver<Suri>
    case 'dev':
      return devDriver as StorageDriver<Suri>
    case 'iscsi':
      return iscsiDriver as StorageDriver<Suri>
    case 'lu':
    case 'nfs':
    case 'nbd':
    case 'rbd':
      throw new ZoneError(
        `Cannot open "${formatSuri(suri)}": the scheme "${suri.scheme}" is not in this release`,
        {
          code: 'SURI_UNSUPPORTED',
          remedy:
            'Use iscsi://HOST[:PORT]/target.IQN,lun.N for shared storage, file:///PATH or dev:PATH for local',
        },
      )
  }
}

/**
 * QEMU's block graph for a storage URI, root node last. The format is always raw: what a guest can write is never
 * probed for a format.
 *
 * @throws ZoneError SURI_INVALID, SURI_UNSUPPORTED
 */
export function blockNodes(uri: string, nodeName: string, context: StorageContext): BlockNode[] {
  const suri = parseSuri(uri)
  const file = `${nodeName}-storage`
  return [
    { 'node-name': file, ...driverOf(suri).protocolNode(suri, context) },
    { 'node-name': nodeName, driver: 'raw', file },
  ]
}

export interface OpenedStorage {
  readonly sizeBytes: number
  readonly identity?: string
}

/**
 * Really opens the storage from this host, for reading, as QEMU will, whether or not a guest uses it.
 *
 * @throws ZoneError STORAGE_UNREACHABLE with QEMU's words
 */
export async function probeStorage(
  uri: string,
  context: StorageContext,
  { signal, timeoutMs = 15_000 }: ProbeOptions = {},
): Promise<OpenedStorage> {
  const suri = parseSuri(uri)
  const driver = driverOf(suri)
  const node = { driver: 'raw', file: driver.protocolNode(suri, context) }
  try {
    const [identity, info] = await Promise.all([
      driver.identity?.(suri, context),
      runCommand('qemu-img', ['info', '--output=json', '-U', `json:${JSON.stringify(node)}`], {
        signal,
        timeoutMs,
      }),
    ])
    const { 'virtual-size': sizeBytes } = JSON.parse(info.stdout) as { 'virtual-size': number }
    return { sizeBytes, ...(identity === undefined ? {} : { identity }) }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    throw new ZoneError(`Cannot open "${uri}": ${lastWords(error)}`, {
      code: 'STORAGE_UNREACHABLE',
      remedy: 'Check that the storage is up and that this host may use it',
      cause: error,
    })
  }
}

/**
 * What tells a storage object from every other as far as this host can see without asking over a network: two URIs of one
 * object have the same. Never throws.
 */
export async function storageIdentity(uri: string, context: StorageContext): Promise<string> {
  try {
    const suri = parseSuri(uri)
    const driver = driverOf(suri)
    const identity = await driver.identity?.(suri, context).catch(() => undefined)
    return identity ?? JSON.stringify(driver.protocolNode(suri, context))
  } catch {
    return uri
  }
}

/** What QEMU said, without its own name and without the description of the node that it was given. */
function lastWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/^qemu-img: /, '')
    .replace(/^no end within/, 'no answer within')
    .replace(/Could not open 'json:.*?': /s, '')
}

/**
 * Makes a storage object if its scheme can and it is not there.
 *
 * @returns 'created', or 'existed' if it was there already
 * @throws ZoneError STORAGE_UNREACHABLE, if it is not there and cannot be made here
 */
export async function createStorage(
  uri: string,
  sizeBytes: number,
  context: StorageContext,
  options?: ProbeOptions,
): Promise<'created' | 'existed'> {
  const suri = parseSuri(uri)
  const driver = driverOf(suri)
  if (driver.create !== undefined) return driver.create(suri, sizeBytes, context)
  await probeStorage(uri, context, options)
  return 'existed'
}

/** Removes what `createStorage` made. */
export async function removeStorage(uri: string, context: StorageContext): Promise<void> {
  const suri = parseSuri(uri)
  await driverOf(suri).remove?.(suri, context)
}

/**
 * Copies a disk image onto a storage object.
 *
 * @param image the image file and its format, as declared
 * @throws ZoneError COMMAND_FAILED with the words of qemu-img
 */
export async function copyImage(
  image: { readonly path: string; readonly format: 'raw' | 'qcow2' },
  uri: string,
  context: StorageContext,
  signal?: AbortSignal,
): Promise<void> {
  const suri = parseSuri(uri)
  const options = Object.entries(driverOf(suri).protocolNode(suri, context))
    .filter(([, value]) => typeof value !== 'object')
    .map(([key, value]) => `file.${key}=${String(value).replaceAll(',', ',,')}`)
  await runCommand(
    'qemu-img',
    [
      'convert',
      '-n',
      '-f',
      image.format,
      '--target-image-opts',
      image.path,
      ['driver=raw', ...options].join(','),
    ],
    { signal, timeoutMs: 24 * 3600 * 1000 },
  )
}
