import { ZoneError } from '../../errors.ts'
import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import { openImage } from '../../hostdata/suspend-image/read-image.ts'
import { suspension } from '../../vm/suspension.ts'
import type { Host } from '../host.ts'
import type { OpenRecord } from '../ownership/open-record.ts'
import type { Zone } from '../zone.ts'
import type { SuspendedGuest } from '../zone-record.ts'
import { openPlace, placeNamed, placeText } from './image-place.ts'

export interface AdoptOptions {
  /** The operator vouches that nobody else has the zone. */
  readonly takeover: boolean
  /** The guest is given up: the zone boots from its disk. */
  readonly discard: boolean
  /** Told what the operator should know. */
  readonly warn: (line: string) => void
}

/**
 * The guest that is suspended by the owner record of a zone that is being attached: what this host knows of it, or, on a host
 * that knows nothing yet, what its image says of itself.
 *
 * @returns undefined: the zone boots from its disk
 * @throws ZoneError IMAGE_*, KEY_WRONG, STORAGE_UNREACHABLE: the image cannot be opened here
 */
export async function adoptImage(
  host: Host,
  zone: Zone,
  found: OpenRecord,
  { takeover, discard, warn }: AdoptOptions,
): Promise<SuspendedGuest | undefined> {
  const { image } = found.record
  const { suspended } = zone.record
  if (discard) return giveUp(image, suspended, warn)
  if (image === undefined) return ownGuest(host, zone, found, warn)
  if (suspended?.imageId === image.id) return suspended
  const adopted = await open(host, zone, found, image).catch((error: Error) => {
    throw notAdopted(zone, found, image.place, takeover, error)
  })
  warn(`The zone is suspended to "${image.place}"; its guest goes on from there at the next boot.`)
  return adopted
}

/**
 * The guest that a zone keeps when its host data are begun anew: the one that this host knows, unless it is older than the disk.
 *
 * @param found the record that is written over; undefined: there is none, or it cannot be opened
 * @throws ZoneError ZONE_SUSPENDED: by that record there is one that this host does not know
 */
export function guestToKeep(
  host: Host,
  zone: Zone,
  found: OpenRecord | undefined,
  { discard, warn }: Omit<AdoptOptions, 'takeover'>,
): SuspendedGuest | undefined {
  const { suspended } = zone.record
  const image = found?.record.image
  if (discard) return giveUp(image, suspended, warn)
  if (found === undefined) {
    if (suspended !== undefined) warn(mayBeOlder(zone))
    return suspended
  }
  if (suspended !== undefined && suspended.imageId === image?.id) return suspended
  if (image === undefined) return ownGuest(host, zone, found, warn)
  throw new ZoneError(
    `zone '${zone.name}': ${found.record.owner.name} has suspended it to "${image.place}": that guest would be lost`,
    {
      code: 'ZONE_SUSPENDED',
      remedy: [
        `To let it go on here, if it goes on nowhere else: zoneadm -z ${zone.name} attach -x force-takeover`,
        `To give it up, as cutting its power would: zoneadm -z ${zone.name} attach -x force-takeover -x initialize-hostdata --discard`,
      ].join('\n'),
    },
  )
}

const mayBeOlder = ({ name }: Zone) =>
  `The guest that was suspended here goes on at the next boot. If another host may have had its disk since, give it up: zoneadm -z ${name} boot --discard`

/** A guest can be known to the record, to this host, or to both. */
function giveUp(
  image: OwnerRecord['image'],
  suspended: SuspendedGuest | undefined,
  warn: AdoptOptions['warn'],
): undefined {
  const place = image?.place ?? (suspended && placeText(suspended.place))
  if (place !== undefined)
    warn(`The guest that is suspended to "${place}" is given up. Its image is not removed.`)
}

/** A guest that was suspended here is older than its disk if another host has had the zone since. */
function ownGuest(
  host: Host,
  { record: { suspended, hostData } }: Zone,
  { record }: OpenRecord,
  warn: AdoptOptions['warn'],
): SuspendedGuest | undefined {
  if (suspended === undefined) return undefined
  const wasOursThroughout = record.owner.id === host.identity.id && record.generation === hostData?.generation
  if (wasOursThroughout) return suspended
  warn(
    'The guest that was suspended here is older than its disk, which another host had since: it is given up.',
  )
  return undefined
}

async function open(
  host: Host,
  zone: Zone,
  { record, key }: OpenRecord,
  { id: imageId, place: text }: { readonly id: string; readonly place: string },
): Promise<SuspendedGuest> {
  const place = placeNamed(text)
  await using store = await openPlace(host, zone, place, { writable: false })
  const expected = { imageId, zone: record.zone, zoneKey: key, place: text }
  const { description } = await openImage(store, expected)
  const found = suspension.parse(JSON.parse(description.toString()))
  if (found.spec.zonename === zone.name) return { ...found, phase: 'whole' }
  throw new ZoneError(`its guest knows it by the name '${found.spec.zonename}'`, { code: 'IMAGE_OTHER' })
}

function notAdopted(
  zone: Zone,
  { record }: OpenRecord,
  place: string,
  takeover: boolean,
  error: Error,
): ZoneError {
  const { code = 'IMAGE_UNREADABLE' } = error as NodeJS.ErrnoException
  const words = error.message.replace(`zone '${zone.name}': `, '')
  return new ZoneError(
    `zone '${zone.name}': ${record.owner.name} has suspended it to "${place}", from where it cannot go on here: ${words}`,
    {
      code: error instanceof ZoneError ? code : 'IMAGE_UNREADABLE',
      remedy: [
        `Bring the image to "${place}" on this host, then repeat the command.`,
        `To give the suspended guest up, as cutting its power would: zoneadm -z ${zone.name} attach${takeover ? ' -x force-takeover' : ''} --discard`,
      ].join('\n'),
      cause: error,
    },
  )
}
