import { Exit, ZoneError } from '../errors.ts'
import { parseSuri } from '../zone/suri/parse-suri.ts'

/**
 * A storage URI as it was typed.
 *
 * @throws ZoneError SURI_INVALID, with the column; a mistake in the command line, before anything is asked of zonesd
 */
export function readSuri(uri: string): string {
  try {
    parseSuri(uri)
    return uri
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    const { code, message, remedy } = error
    throw new ZoneError(message, {
      code,
      exit: Exit.usage,
      cause: error,
      ...(remedy === undefined ? {} : { remedy }),
    })
  }
}
