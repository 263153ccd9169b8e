import { ZoneError } from '../../errors.ts'
import { type OpenImage, openImage } from '../../hostdata/suspend-image/read-image.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import { type Suspension, suspension } from '../../vm/suspension.ts'
import type { Host } from '../host.ts'
import { sealedKey } from '../ownership/zone-key.ts'
import type { Zone } from '../zone.ts'
import { placeText } from './image-place.ts'

/** What an image says it is: the record beside it is only a copy. */
export interface SuspendedImage {
  readonly image: OpenImage
  readonly suspension: Suspension
}

/**
 * Opens the image of a suspended zone, with the zone's key.
 *
 * @throws ZoneError KEY_MISSING, KEY_WRONG, KEYSOURCE_UNREACHABLE, IMAGE_MISSING, IMAGE_DAMAGED, IMAGE_OTHER; what the store throws
 */
export async function openSuspended(
  host: Host,
  zone: Pick<Zone, 'name'>,
  { imageId, place, spec }: Suspension,
  store: BlockStore,
  keyFile = host.layout.key(zone.name),
): Promise<SuspendedImage> {
  const zoneKey = await sealedKey(host, zone, keyFile)
  if (zoneKey === undefined) {
    throw new ZoneError(`zone '${zone.name}': Encryption key is not there; "${keyFile}" does not exist`, {
      code: 'KEY_MISSING',
      remedy: `Restore it from a backup, or ${wayOut(zone)}`,
    })
  }
  try {
    const image = await openImage(store, { imageId, zone: spec.uuid, zoneKey, place: placeText(place) })
    return { image, suspension: suspension.parse(JSON.parse(image.description.toString())) }
  } catch (error) {
    throw toOperator(zone, keyFile, error)
  }
}

/** Says with the error what an operator of this zone can do. */
export function toOperator(zone: Pick<Zone, 'name'>, keyFile: string, error: unknown): unknown {
  if (!(error instanceof ZoneError) || !/^(IMAGE_|KEY_WRONG)/.test(error.code)) return error
  const remedy =
    error.code === 'KEY_WRONG'
      ? `Put the key with which the zone was suspended into ${keyFile}, or ${wayOut(zone)}`
      : `Restore the image from a backup, or ${wayOut(zone)}`
  return new ZoneError(`zone '${zone.name}': ${error.message}`, { code: error.code, remedy, cause: error })
}

const wayOut = ({ name }: Pick<Zone, 'name'>) =>
  `give the suspended guest up and boot from the disk: zoneadm -z ${name} boot --discard`
