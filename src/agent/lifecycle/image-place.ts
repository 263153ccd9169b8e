import { mkdir, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { eraseImage, hasImage, hasOtherImage } from '../../hostdata/suspend-image/read-image.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import { openFileStore } from '../../storage/file-store.ts'
import { openStorage } from '../../storage/open-storage.ts'
import { probeStorage } from '../../storage/storage.ts'
import { syncFolder } from '../../util/atomic-write.ts'
import { mountOf } from '../../util/mount-of.ts'
import type { ImagePlace, Suspension } from '../../vm/suspension.ts'
import { formatSize } from '../../zone/schema/size.ts'
import { parseSuri } from '../../zone/suri/parse-suri.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'

/** As the operator wrote it. */
export const placeText = (place: ImagePlace) => ('path' in place ? place.path : place.storage)

/** The place of which `placeText()` is the text. */
export const placeNamed = (text: string): ImagePlace =>
  text.startsWith('/') ? { path: text } : { storage: text }

/** The regular file that the place is; undefined: it is a device, here or elsewhere. */
function fileOf({ storage }: Pick<Host, 'storage'>, place: ImagePlace): string | undefined {
  if ('path' in place) return join(storage.root, place.path)
  const suri = parseSuri(place.storage)
  return suri.scheme === 'file' ? join(storage.root, suri.path) : undefined
}

/** Opens the place of an image. A file that is to be written is made if it is not there. */
export async function openPlace(
  host: Pick<Host, 'layout' | 'storage'>,
  zone: Pick<Zone, 'name'>,
  place: ImagePlace,
  { writable, signal }: { readonly writable: boolean; readonly signal?: AbortSignal | undefined },
): Promise<BlockStore> {
  const file = fileOf(host, place)
  if (file === undefined && 'storage' in place) {
    const socket = host.layout.imageSocket(zone.name)
    return openStorage(place.storage, host.storage, { socket, writable, signal })
  }
  const path = file ?? placeText(place)
  if (!writable) {
    if (await isThere(path)) return openFileStore(path, 'read')
    throw new ZoneError(`zone '${zone.name}': there is no suspend image at "${placeText(place)}"`, {
      code: 'IMAGE_MISSING',
      remedy: `Restore it from a backup, or give the suspended guest up and boot from the disk: zoneadm -z ${zone.name} boot --discard`,
    })
  }
  if (await isThere(path)) return openFileStore(path, 'write')
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await using undo = new AsyncDisposableStack()
  const store = undo.use(await openFileStore(path, 'make'))
  // That an image is whole is written elsewhere, and must not be there without it.
  await syncFolder(dirname(path))
  undo.move()
  return store
}

export interface NeededRoom {
  /** What the image of this guest can take at most. */
  readonly mostBytes: number
  /** The guest's memory. */
  readonly memoryBytes: number
  readonly signal: AbortSignal
}

/**
 * Checks, without changing anything, that an image can be written to the place.
 *
 * @throws ZoneError NO_ROOM, PLACE_TAKEN, STORAGE_UNREACHABLE
 */
export async function requirePlace(
  host: Host,
  zone: Zone,
  place: ImagePlace,
  { mostBytes, memoryBytes, signal }: NeededRoom,
): Promise<void> {
  const path = fileOf(host, place)
  const isDevice = path === undefined && 'storage' in place
  const roomBytes = isDevice
    ? (await probeStorage(place.storage, host.storage, { signal })).sizeBytes
    : await roomForFile(zone, path ?? placeText(place))
  // A device is as large as the guest's memory, as on Solaris: it is there for this, however much the guest uses.
  const neededBytes = isDevice ? memoryBytes : mostBytes
  if (roomBytes >= neededBytes) return
  const [needed, room] = [neededBytes, roomBytes].map((bytes) => formatSize(Math.ceil(bytes / mib) * mib))
  throw new ZoneError(
    `zone '${zone.name}': its suspend image can take ${needed}B, and "${placeText(place)}" has room for ${room}B; the zone goes on running`,
    {
      code: 'NO_ROOM',
      remedy: `Make room, or name another place: zonecfg -z ${zone.name} 'select suspend; set ${'path' in place ? 'path' : 'storage'}=...; end'`,
    },
  )
}

const mib = 1024 ** 2

/** What is free on the file system, and what an older image there gives back. */
async function roomForFile(zone: Zone, path: string): Promise<number> {
  const existing = await isThere(path)
  if (existing) await requireOurs(zone, path)
  const { bavail, bsize } = await statfs(await existingFolder(dirname(path)))
  return bavail * bsize + (existing ? (await stat(path)).blocks * 512 : 0)
}

/** A file that was there before and is no image is somebody's, and is not overwritten. */
async function requireOurs(zone: Zone, path: string): Promise<void> {
  const status = await stat(path)
  if (status.isFile()) {
    await using store = await openFileStore(path, 'read')
    if (status.size === 0 || (await hasImage(store))) return
  }
  throw new ZoneError(`zone '${zone.name}': "${path}" is there already and is no suspend image`, {
    code: 'PLACE_TAKEN',
    remedy: `Move it away, or name another path: zonecfg -z ${zone.name} 'select suspend; set path=...; end'`,
  })
}

/** The mount on which the file of an image lies, or would; undefined: it is a device, or that is not known. */
export async function mountOfPlace(host: Host, place: ImagePlace): Promise<string | undefined> {
  const path = fileOf(host, place)
  return path === undefined ? undefined : mountOf(await existingFolder(dirname(path)))
}

async function existingFolder(path: string): Promise<string> {
  return (await isThere(path)) ? path : existingFolder(dirname(path))
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}

/**
 * Removes an image, or what there is of one: a file goes, on a device it becomes unreadable. Another image that is there by now
 * stays: the host that has taken the zone over may have suspended it to the same place.
 */
export async function removeImage(
  host: Host,
  zone: Zone,
  { place, imageId }: Pick<Suspension, 'place' | 'imageId'>,
): Promise<void> {
  const path = fileOf(host, place)
  if (path !== undefined) {
    if (!(await isThere(path)) || (await isOtherImage(path, imageId))) return
    await rm(path, { force: true })
    // Its guest goes on: were it there again after a crash, it would be older than the guest's disks.
    return syncFolder(dirname(path))
  }
  await using store = await openPlace(host, zone, place, { writable: true })
  if ((await hasImage(store)) && !(await hasOtherImage(store, imageId))) await eraseImage(store)
}

async function isOtherImage(path: string, imageId: string): Promise<boolean> {
  await using store = await openFileStore(path, 'read')
  return hasOtherImage(store, imageId)
}
