import type { StoredConfiguration } from '../../compat/target-configuration.ts'
import { compareKeys, type SealedConfiguration } from '../../migration/key-seal.ts'
import type { Host } from '../host.ts'
import { seeKeys } from '../ownership/zone-key.ts'

/** Another host's configurations of zones, their keys compared with those of the same zones here. */
export async function compareConfigurations(
  host: Pick<Host, 'registry' | 'layout'>,
  sealed: Readonly<Record<string, SealedConfiguration>>,
): Promise<Record<string, StoredConfiguration>> {
  const compared = Object.entries(sealed).map(async ([zone, there]) => {
    // Of a zone whose configuration here is damaged or missing, the check says so itself.
    const own = await host.registry.config(zone).catch(() => undefined)
    return [zone, compareKeys(own && (await seeKeys(host, { name: zone }, own.config)), there)] as const
  })
  return Object.fromEntries(await Promise.all(compared))
}
