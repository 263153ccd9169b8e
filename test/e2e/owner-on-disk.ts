import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { areaBytes, openArea } from '../../src/hostdata/owner-record/area.ts'
import type { OwnerRecord } from '../../src/hostdata/owner-record/owner-record.ts'
import { readZoneKey } from '../../src/hostdata/zone-key.ts'

/** What the owner record on a disk says, opened with the key that a host has of the zone. */
export async function ownerOnDisk(
  backingFile: string,
  host: { readonly root: string },
  zone: string,
): Promise<OwnerRecord | undefined> {
  const zoneKey = await readZoneKey(join(host.root, 'var/lib/zones', zone, 'key'))
  if (zoneKey === undefined) return undefined
  await using file = await open(backingFile)
  const { size } = await file.stat()
  const area = Buffer.alloc(areaBytes)
  await file.read(area, 0, areaBytes, size - areaBytes)
  return openArea(area, { zone: undefined, zoneKey, place: backingFile })?.record
}

/** Changes one bit in both copies of the owner record of a disk. */
export async function damageOwner(backingFile: string): Promise<void> {
  await using file = await open(backingFile, 'r+')
  const { size } = await file.stat()
  for (const place of [size - areaBytes + 200, size - areaBytes / 2 + 200]) {
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, place)
    byte[0] = (byte[0] ?? 0) ^ 1
    await file.write(byte, 0, 1, place)
  }
}
