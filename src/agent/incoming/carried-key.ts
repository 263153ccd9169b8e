import { rename, rm } from 'node:fs/promises'
import { writeZoneKey } from '../../hostdata/zone-key.ts'
import type { IncomingJournal } from '../../migration/journal.ts'
import type { HostLayout } from '../../util/host-layout.ts'

type Which = Pick<IncomingJournal, 'zone' | 'migrationId'>

/** Where the key of a zone on its way here lies until the zone has come; one that is here already stays until then. */
export const carriedKey = (layout: HostLayout, { zone, migrationId }: Which) =>
  `${layout.key(zone)}.${migrationId}`

export function placeKey(layout: HostLayout, which: Which, hex: string): Promise<void> {
  return writeZoneKey(carriedKey(layout, which), Buffer.from(hex, 'hex'))
}

/** The zone has come, and this is its key from now on. Safe to call twice. */
export async function keepKey(layout: HostLayout, which: Which): Promise<void> {
  await rename(carriedKey(layout, which), layout.key(which.zone)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

export function dropKey(layout: HostLayout, which: Which): Promise<void> {
  return rm(carriedKey(layout, which), { force: true })
}
