import { areaBytes, eraseArea, readArea, writeArea, writeRecord } from '../../hostdata/owner-record/area.ts'
import { type KnownHostData, onDevice } from '../../hostdata/owner-record/owner-record.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import type { SuspendedGuest } from '../zone-record.ts'
import { at } from './at-host-data.ts'
import type { Site } from './claim.ts'
import { restState } from './hand-over-record.ts'
import { newRecord } from './new-record.ts'
import { resizeFile } from './open-host-data.ts'
import { placeNewKey } from './zone-key.ts'

/** What a zone is of which host data are begun. */
export interface Beginning {
  readonly uuid: string
  readonly hostData: KnownHostData
  readonly suspended?: SuspendedGuest | undefined
  /** The key that opens the record which is written over. */
  readonly opened?: Buffer | undefined
}

/**
 * Begins host data: from then on the disks say that the zone is this host's. If that fails, what was at their ends is there again.
 * Until the zone is installed its record says where they were being begun.
 *
 * @throws ZoneError KEY_*, STORAGE_UNREACHABLE
 */
export async function beginHostData(
  host: Host,
  zone: Zone,
  sites: readonly Site[],
  { uuid, hostData: planned, suspended, opened }: Beginning,
): Promise<void> {
  // The image of a suspended guest is sealed with the key that is there: whoever reads the record opens it with that.
  const sealed = suspended && (await readZoneKey(host.layout.key(zone.name)))
  const record = { ...(await newRecord(host, zone, uuid, planned)), ...restState(suspended) }
  const { sequence } = planned
  const before: Before[] = []
  for (const site of sites) before.push(await lookBefore(host, zone, site))
  await host.registry.update(zone, { begun: sites.map(({ uri, sizeBytes }) => ({ uri, sizeBytes })) })
  const { key, keep, drop } = await placeNewKey(host, zone, opened ?? sealed)
  try {
    for (const { uri, sizeBytes, grows } of sites) {
      if (grows) await resizeFile(uri, host.storage, sizeBytes + areaBytes)
    }
    // What another host data had left there would be ahead of the new lead.
    for (const { uri } of sites.slice(1)) {
      await at(host, zone, uri, true, ({ store, offset }) => eraseArea(store, offset))
    }
    for (const { uri, device } of sites) {
      await at(host, zone, uri, true, async ({ store, offset }) => {
        await eraseArea(store, offset)
        await writeRecord(store, offset, { record: onDevice(record, device), sequence }, key)
      })
    }
    // Not before: what is put back opens with the one that was there.
    await keep()
  } catch (error) {
    if (await putBack(host, zone, before)) await drop().catch(() => undefined)
    throw error
  }
}

/** What was at the end of a site. */
interface Before {
  readonly uri: string
  readonly objectBytes: number
  /** Undefined: room is added behind it. */
  readonly area: Buffer | undefined
}

function lookBefore(host: Host, zone: Zone, { uri, grows }: Site): Promise<Before> {
  return at(host, zone, uri, false, async ({ store, offset, sizeBytes: objectBytes }) => ({
    uri,
    objectBytes,
    area: grows ? undefined : await readArea(store, offset),
  }))
}

/** The lead last: until then it says whose they are. What cannot be put back is told, and returned as false. */
async function putBack(host: Host, zone: Zone, before: readonly Before[]): Promise<boolean> {
  let isBack = true
  for (const { uri, objectBytes, area } of before.toReversed()) {
    try {
      if (area === undefined) await resizeFile(uri, host.storage, objectBytes)
      else await at(host, zone, uri, true, ({ store, offset }) => writeArea(store, offset, area))
    } catch (error) {
      isBack = false
      host.log(`zone '${zone.name}': the end of "${uri}" is not as it was: ${(error as Error).message}`)
    }
  }
  if (isBack) await host.registry.update(zone, { begun: undefined }).catch(() => undefined)
  return isBack
}
