import { dirname } from 'node:path'
import { ZoneError } from '../errors.ts'

/** What an operator can do something about, by the system's code (errno(3)). */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left on the device',
  EFBIG: 'the file would be larger than its file system or the limits of this process allow',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EIO: 'input/output error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this host',
  ENAMETOOLONG: 'the name is too long',
}

const again = 'then type the command again'

/** What to type against it; for the other reasons that hangs on what was being done. */
function remedyFor(code: string, place: string | undefined): string | undefined {
  const where = place === undefined ? '' : ` ${dirname(place)}`
  switch (code) {
    case 'ENOSPC':
      return `Make room, ${again}. What is full: df -h${where}; df -i${where}`
    case 'EDQUOT':
      return `Make room or raise the quota, ${again}. How it stands: quota -v`
    case 'EFBIG':
      return `Ask for a smaller size, or name a file on another file system, ${again}. What it is: df -hT${where}`
    case 'EROFS':
      return `Make it writable, ${again}. How it is mounted: findmnt${where === '' ? '' : ` -T${where}`}`
    default:
      return undefined
  }
}

/**
 * The words for a failure of the host itself, as a full disk is one.
 *
 * @param path what was worked on, if the system's error does not say so
 * @returns undefined if the error is none that an operator can act on
 */
export function systemError(error: unknown, path?: string): ZoneError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', path: ownPath, syscall } = error as NodeJS.ErrnoException
  const reason = reasons[code]
  if (reason === undefined) return undefined
  const place = path ?? ownPath
  const what = place === undefined ? `"${syscall ?? 'a system call'}" failed` : `Cannot use "${place}"`
  const remedy = remedyFor(code, place)
  return new ZoneError(`${what}: ${reason}`, {
    code: 'HOST_FAILURE',
    ...(remedy === undefined ? {} : { remedy }),
    cause: error,
  })
}

/** The remedy of a failure after which something else is to be typed than the command that failed. */
export function remedyThen({ remedy }: ZoneError, command: string): string {
  if (remedy === undefined) return `When that is mended: ${command}`
  return remedy.includes(again) ? remedy.replace(again, `then ${command}`) : `${remedy}\nThen ${command}`
}
