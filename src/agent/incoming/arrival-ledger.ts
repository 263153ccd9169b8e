import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { atomicWrite } from '../../util/atomic-write.ts'
import type { HostLayout } from '../../util/host-layout.ts'

/**
 * One empty file for each migration by which a zone has come to this host. Its source may ask for it much later, when the
 * zone has been renamed, deleted, or moved on and come back: were it told that the zone never ran here, it would run it
 * from its old memory. No zone's name starts with a period, so no zone's folder can stand in the way.
 */
const noteOf = (layout: HostLayout, migrationId: string) => join(layout.stateFolder, '.arrivals', migrationId)

export function noteArrival(layout: HostLayout, migrationId: string): Promise<void> {
  return atomicWrite(noteOf(layout, migrationId), '', 0o600)
}

export function hasArrived(layout: HostLayout, migrationId: string): Promise<boolean> {
  return access(noteOf(layout, migrationId)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}
