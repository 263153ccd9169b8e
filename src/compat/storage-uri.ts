/** Schemes that name something of one host only (suri(7): `dev`; `file` is a regular file of that host). */
const localSchemes = ['dev', 'file']

/** Whether a storage URI means the same object on whichever host it is opened. */
export function isShared(uri: string): boolean {
  const [scheme = ''] = uri.split(':', 1)
  return !localSchemes.includes(scheme.toLowerCase())
}
