import { join } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { findIscsiUnits, findLus } from '../../storage/find-storage.ts'
import { findMapping, mappedUri, mapStorage, unmapStorage } from '../../storage/mapping.ts'
import { createStorage, driverOf, probeStorage, removeStorage } from '../../storage/storage.ts'
import { parseSuri } from '../../zone/suri/parse-suri.ts'
import type { Handlers } from '../handlers.ts'
import type { Host } from '../host.ts'
import { requireUnmapped, zoneUsing } from '../storage-use.ts'

type StorageOperations =
  | 'storage/look'
  | 'storage/find'
  | 'storage/name'
  | 'storage/map'
  | 'storage/unmap'
  | 'storage/create'
  | 'storage/delete'

export const storageHandlers: Handlers<StorageOperations> = {
  async 'storage/look'(host, { uri }, { signal }) {
    const suri = parseSuri(uri)
    const { sizeBytes, identity } = await probeStorage(uri, host.storage, { signal })
    const path = await driverOf(suri).localPath?.(suri, host.storage)
    const mapping = path === undefined ? await findMapping(uri, host.layout.mappingFolder) : undefined
    const use = await zoneUsing(host, [uri])
    return {
      sizeBytes,
      identity: identity ?? null,
      device: path ?? mapping?.socket ?? null,
      usedBy: use?.zone ?? null,
    }
  },

  async 'storage/find'({ storage }, { types, host, port, ...filter }, { signal }) {
    const portal = host === undefined ? undefined : { host, port }
    const [lus, units] = await Promise.all([
      types.includes('lu') && host === undefined ? findLus(storage, filter) : [],
      types.includes('iscsi') ? findIscsiUnits(portal, filter, storage, signal) : [],
    ])
    return { uris: [...lus, ...units] }
  },

  async 'storage/name'(host, { device }) {
    const mapped = await mappedUri(device, host.layout.mappingFolder)
    if (mapped !== undefined) return { uris: [mapped] }
    const { root } = host.storage
    const inside = device.startsWith(join(root, '/')) ? join('/', device.slice(root.length)) : device
    const own = device.startsWith('/dev/') ? `dev:${device}` : `file://${inside}`
    await probeStorage(own, host.storage)
    return { uris: [...(await findLus(host.storage, {}, device).catch(() => [])), own] }
  },

  async 'storage/map'(host, { uri, writable }, { signal }) {
    const folder = host.layout.mappingFolder
    const map = () => mapStorage(uri, host.storage, { folder, writable, signal })
    if (!writable) return { device: await map() }
    await requireUnused(host, uri, 'mapped for writing')
    if ((await findMapping(uri, folder)) !== undefined) return { device: await map() }
    await requireUnmapped(host, [uri])
    const device = await map()
    // Once more: a zone that has taken it meanwhile may have looked before there was a mapping to see.
    await requireUnused(host, uri, 'mapped for writing').catch(async (error: unknown) => {
      if ((await findMapping(uri, folder)) !== undefined) await unmapStorage(uri, folder)
      throw error
    })
    return { device }
  },

  async 'storage/unmap'(host, { uri }) {
    await unmapStorage(uri, host.layout.mappingFolder)
    return {}
  },

  async 'storage/create'(host, { uri, sizeBytes }, { signal }) {
    requireMaker(uri)
    const outcome = await createStorage(uri, sizeBytes, host.storage, { signal })
    if (outcome === 'created') return {}
    throw new ZoneError(`"${uri}" is there already`, {
      code: 'STORAGE_EXISTS',
      remedy: `See what it is: suriadm lookup-mapping ${uri}`,
    })
  },

  async 'storage/delete'(host, { uri }, { signal }) {
    requireMaker(uri)
    await requireUnused(host, uri, 'deleted')
    await requireUnmapped(host, [uri])
    // What is not there was not deleted.
    await probeStorage(uri, host.storage, { signal })
    await removeStorage(uri, host.storage)
    return {}
  },
}

/** @throws ZoneError STORAGE_FIXED: only its own administrator makes and removes it */
function requireMaker(uri: string): void {
  const suri = parseSuri(uri)
  if (driverOf(suri).create !== undefined) return
  throw new ZoneError(
    `"${uri}": storage of the type "${suri.scheme}" is neither made nor deleted from here`,
    {
      code: 'STORAGE_FIXED',
      remedy: 'Make or delete it on the storage itself; file: and nfs: can be made here',
    },
  )
}

/** @throws ZoneError STORAGE_IN_USE */
async function requireUnused(host: Host, uri: string, done: string): Promise<void> {
  const use = await zoneUsing(host, [uri])
  if (use === undefined) return
  const { zone } = use
  throw new ZoneError(`"${uri}" is in use by zone '${zone}' and cannot be ${done}`, {
    code: 'STORAGE_IN_USE',
    remedy: `Take it from the zone first: zonecfg -z ${zone}; zoneadm -z ${zone} uninstall removes what it made`,
  })
}
