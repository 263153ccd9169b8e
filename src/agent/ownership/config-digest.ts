import { printExport } from '../../zone/print-export.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { digestOf } from '../zone-registry.ts'

/**
 * Digest of a zone's configuration here, by which two hosts can see whether they have the same. Without its keysource: that may
 * be another on each host although the key is the same.
 *
 * @returns undefined: there is none here
 */
export async function configDigest(host: Host, { name }: Pick<Zone, 'name'>): Promise<string | undefined> {
  const config = (await host.registry.config(name))?.config
  if (config === undefined) return undefined
  const children = config.children.filter(({ type }) => type !== 'keysource')
  return digestOf(printExport({ ...config, children }))
}
