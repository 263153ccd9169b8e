import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { ZoneError } from '../../errors.ts'
import { attempt } from '../../facts/attempt.ts'
import type { Fact } from '../../facts/schema.ts'
import { givenKey, keyAt } from '../../hostdata/key-source/given-key.ts'
import { ensureZoneKey, readZoneKey, writeZoneKey, zoneKeyBytes } from '../../hostdata/zone-key.ts'
import type { ZoneKeys } from '../../migration/key-seal.ts'
import type { HostLayout } from '../../util/host-layout.ts'
import type { ZoneConfig } from '../../zone/config/zone-config.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'

const keyContext = ({ root, keyPrograms }: HostLayout) => ({ root, programs: keyPrograms })

/**
 * The key that the zone's configuration gives; undefined: it gives none.
 *
 * @throws ZoneError KEYSOURCE_UNREACHABLE
 */
export async function keyOfConfiguration(
  host: Pick<Host, 'layout' | 'registry'>,
  { name }: Pick<Zone, 'name'>,
): Promise<Buffer | undefined> {
  const stored = await host.registry.config(name)
  return stored && keyGivenBy(host, stored.config)
}

/** The keys of a zone here, by a configuration of it, for the compatibility check; never throws. */
export function seeKeys(
  host: Pick<Host, 'layout'>,
  { name }: Pick<Zone, 'name'>,
  config: ZoneConfig,
): Promise<Fact<ZoneKeys>> {
  return attempt(async () => ({
    given: (await keyGivenBy(host, config)) ?? null,
    own: (await readZoneKey(host.layout.key(name))) ?? null,
  }))
}

/** The key to which a URI leads on this host, for the compatibility check; never throws. */
export function seeKeyAt({ layout }: Pick<Host, 'layout'>, uri: string): Promise<Fact<Buffer | null>> {
  return attempt(() => keyAt(uri, keyContext(layout)))
}

/** The same of any configuration on this host. */
export function keyGivenBy(
  { layout }: Pick<Host, 'layout'>,
  config: ZoneConfig,
): Promise<Buffer | undefined> {
  return givenKey(config, keyContext(layout))
}

/**
 * The key with which new things of a zone are sealed: that of its keysource, or its own, which is made when it is needed
 * first. It lies in the zone's key file from then on, and opens what it has sealed whatever the configuration says by then.
 */
export async function keyFor(host: Host, zone: Pick<Zone, 'name'>): Promise<Buffer> {
  const path = host.layout.key(zone.name)
  const given = await keyOfConfiguration(host, zone)
  if (given === undefined) return ensureZoneKey(path)
  await writeZoneKey(path, given)
  return given
}

/** The key with which all of a zone is being sealed anew. Until `keep()` the one that it had stays, and both are tried. */
export interface NewKey {
  readonly key: Buffer
  readonly keep: () => Promise<void>
  /** Nothing is sealed with it after all. */
  readonly drop: () => Promise<void>
}

/** @param sealed with which something is sealed that stays; else it is that of the keysource, or the zone's own */
export async function placeNewKey(
  host: Host,
  zone: Pick<Zone, 'name'>,
  sealed: Buffer | undefined,
): Promise<NewKey> {
  const [path, next] = [host.layout.key(zone.name), host.layout.nextKey(zone.name)]
  const [own, before] = [await readZoneKey(path), await readZoneKey(next)]
  const key = sealed ?? (await keyOfConfiguration(host, zone)) ?? own ?? randomBytes(zoneKeyBytes)
  if (own?.equals(key) === true) return { key, keep: async () => {}, drop: async () => {} }
  await writeZoneKey(next, key)
  return {
    key,
    keep: () => rename(next, path),
    // It is there already while the zone is being given another key.
    drop: () => (before === undefined ? rm(next, { force: true }) : writeZoneKey(next, before)),
  }
}

/**
 * Lays the key that has opened a zone's host data into its key file, if there is none: by the time that it is needed the
 * configuration may give another. A zone that is being given a new key has a file already.
 *
 * @returns undoes it; undefined: there was nothing to do
 */
export async function keepOpeningKey(
  { layout }: Pick<Host, 'layout'>,
  { name }: Pick<Zone, 'name'>,
  key: Uint8Array,
): Promise<(() => Promise<void>) | undefined> {
  const path = layout.key(name)
  if ((await readZoneKey(path)) !== undefined) return undefined
  await writeZoneKey(path, key)
  return () => rm(path, { force: true })
}

/**
 * The key with which what there is of a zone was sealed: that of its key file, or, where none lies, that of its configuration.
 *
 * @throws ZoneError KEY_DAMAGED, KEYSOURCE_UNREACHABLE
 */
export async function sealedKey(
  host: Host,
  zone: Pick<Zone, 'name'>,
  path: string = host.layout.key(zone.name),
): Promise<Buffer | undefined> {
  return (await readZoneKey(path)) ?? keyOfConfiguration(host, zone)
}

/**
 * The keys with which what there is of a zone can have been sealed: the one that it has, and one that it is being given.
 *
 * @throws ZoneError KEY_MISSING, KEY_DAMAGED, KEYSOURCE_UNREACHABLE
 */
export async function sealedKeys(host: Host, zone: Pick<Zone, 'name'>): Promise<Buffer[]> {
  const path = host.layout.key(zone.name)
  const key = await sealedKey(host, zone)
  const next = await readZoneKey(host.layout.nextKey(zone.name))
  const keys = [key, next].filter((each) => each !== undefined)
  if (keys.length > 0) return keys
  throw new ZoneError(`zone '${zone.name}': Encryption key is not there; "${path}" does not exist`, {
    code: 'KEY_MISSING',
    remedy: [
      `Bring its configuration with its key: on the host that had it zonecfg -z ${zone.name} export -k -f FILE,`,
      `on this host zonecfg -z ${zone.name} -f FILE. Or restore the key file from a backup.`,
      `To begin anew, if the zone runs nowhere: zoneadm -z ${zone.name} attach -x initialize-hostdata`,
    ].join('\n'),
  })
}
