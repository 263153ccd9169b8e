import { areaBytes, eraseArea, writeRecord } from '../../hostdata/owner-record/area.ts'
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
import { keyFor } from './zone-key.ts'

/** What a zone is of which host data are begun. */
export interface Beginning {
  readonly uuid: string
  readonly hostData: KnownHostData
  readonly suspended?: SuspendedGuest | undefined
}

/** Begins host data: from then on the disks say that the zone is this host's. */
export async function beginHostData(
  host: Host,
  zone: Zone,
  sites: readonly Site[],
  { uuid, hostData: planned, suspended }: Beginning,
): Promise<void> {
  // The image of a suspended guest is sealed with the key that is there: whoever reads the record opens it with that.
  const sealed = suspended && (await readZoneKey(host.layout.key(zone.name)))
  const key = sealed ?? (await keyFor(host, zone))
  const record = { ...(await newRecord(host, zone, uuid, planned)), ...restState(suspended) }
  const { sequence } = planned
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
}
