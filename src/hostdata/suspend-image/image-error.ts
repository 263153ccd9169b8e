import { ZoneError } from '../../errors.ts'

/** The image is not what was written. */
export function imageDamaged(place: string, what: string): ZoneError {
  return new ZoneError(`The suspend image "${place}" is damaged: ${what}`, { code: 'IMAGE_DAMAGED' })
}
