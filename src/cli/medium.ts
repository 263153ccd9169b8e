import { resolve } from 'node:path'

/** Of the commands that can boot a zone from a medium. */
export const mediumOption = {
  medium: {
    type: 'string',
    short: 'b',
    value: 'medium',
    help: 'boot once from this CD image, a file or a storage URI; a reset of the guest boots from its disks again',
  },
} as const

/** The storage URI of a medium: what is no URI is a file. Null: none is given. */
export function mediumUri(given: string | undefined): string | null {
  if (given === undefined) return null
  return /^[a-z]+:/.test(given) ? given : `file://${resolve(given)}`
}
