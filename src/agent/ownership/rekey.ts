import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { readZoneKey, writeZoneKey, zoneKeyBytes } from '../../hostdata/zone-key.ts'
import { holdForTest } from '../../util/test-hold.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { atOwner } from './at-owner.ts'
import { ownerPlaces, requireOurs, turns } from './own.ts'
import { keyOfConfiguration } from './zone-key.ts'

/**
 * Gives a zone that is not suspended a new key: that of its keysource, if it has one, or one of its own. The new key is on disk
 * before anything is sealed with it, and the old one until all is: whenever it is interrupted, one of the two opens what there
 * is, and the next zonesd finishes it.
 *
 * @throws ZoneError WRONG_STATE; ZONE_IN_USE, HOSTDATA_*, KEY_*, STORAGE_UNREACHABLE
 */
export async function rekeyZone(host: Host, zone: Zone): Promise<void> {
  zone.requireState('rekey', ['installed', 'running'])
  await finishRekey(host, zone)
  const key = (await keyOfConfiguration(host, zone)) ?? randomBytes(zoneKeyBytes)
  await writeZoneKey(host.layout.nextKey(zone.name), key)
  await holdForTest('rekey.placed')
  await seal(host, zone, key)
  await holdForTest('rekey.sealed')
  await rename(host.layout.nextKey(zone.name), host.layout.key(zone.name))
  host.log(`zone '${zone.name}': has a new key`)
}

/**
 * Brings a change of a zone's key that was interrupted to its end: the new key holds if anything was sealed with it. Safe to call
 * twice, and for a zone that has none.
 *
 * @throws as `rekeyZone()`: both keys stay, and are tried
 */
export async function finishRekey(host: Host, zone: Zone): Promise<void> {
  const { layout } = host
  // Host data were being begun with it, and nothing says where they are: both stay until the zone is attached.
  if (zone.record.begun !== undefined) return
  const next = await readZoneKey(layout.nextKey(zone.name))
  if (next === undefined) return
  const isInUse = await turns.take(zone, async () => {
    const places = await ownerPlaces(host, zone)
    if (places.length === 0) return false
    return atOwner(host, zone, places, 'read', ({ key }) => key.equals(next))
  })
  if (!isInUse) return rm(layout.nextKey(zone.name), { force: true })
  await seal(host, zone, next)
  await rename(layout.nextKey(zone.name), layout.key(zone.name))
  host.log(`zone '${zone.name}': has the new key that it was being given`)
}

/** Seals both slots on each device with the key, on the lead first: nothing is left of the old one. */
function seal(host: Host, zone: Zone, key: Buffer): Promise<void> {
  return turns.take(zone, async () => {
    const places = await ownerPlaces(host, zone)
    const { hostData } = zone.record
    if (places.length === 0 || hostData === undefined) return
    await atOwner(host, zone, places, 'write all', async (found, { replace }) => {
      requireOurs(host, zone, found)
      for (const step of [1, 2]) {
        const sequence = found.sequence + step
        await replace({ record: found.record, sequence }, key)
        await holdForTest(`rekey.copy-${step}`)
        await host.registry.update(zone, { hostData: { ...hostData, sequence } })
      }
    })
  })
}
