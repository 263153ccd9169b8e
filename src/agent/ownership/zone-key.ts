import { ZoneError } from '../../errors.ts'
import { ensureZoneKey, keyOfSource, readZoneKey, writeZoneKey } from '../../hostdata/zone-key.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'

/** The key that the zone's configuration gives; undefined: it gives none. */
export async function keyOfConfiguration(
  { registry }: Host,
  { name }: Pick<Zone, 'name'>,
): Promise<Buffer | undefined> {
  const stored = await registry.config(name)
  const source = stored?.config.children.find(({ type }) => type === 'keysource')?.values['raw']
  return source === undefined ? undefined : keyOfSource(source)
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

/**
 * The keys with which what there is of a zone can have been sealed: the one that it has, and one that it is being given.
 *
 * @throws ZoneError KEY_MISSING, KEY_DAMAGED
 */
export async function sealedKeys(host: Host, zone: Pick<Zone, 'name'>): Promise<Buffer[]> {
  const path = host.layout.key(zone.name)
  const key = (await readZoneKey(path)) ?? (await keyOfConfiguration(host, zone))
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
