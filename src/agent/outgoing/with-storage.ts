import { isShared } from '../../compat/storage-uri.ts'
import { Exit, ZoneError } from '../../errors.ts'
import { removeStorage } from '../../storage/storage.ts'
import { bootOrder } from '../../vm/to-machine-spec.ts'
import type { MigrationSummary, Params, Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { MovedDisk } from '../storage-move/journal.ts'
import { moveStorage } from '../storage-move/move.ts'
import type { Wish } from '../storage-move/plan.ts'
import type { Zone, ZoneOperation } from '../zone.ts'
import { migrateZone } from './migrate.ts'

/**
 * Moves the local disks of a zone to storage that both hosts reach, and then the zone. Whether the zone could go is checked with the
 * new storage before anything is copied. If the migration is refused or fails after that, the disks go back to where they were.
 *
 * @param uris new storage for the local disks, the boot disks first
 * @throws ZoneError DISKS_TO_MOVE; as `moveStorage()` and `migrateZone()`
 */
export async function migrateWithStorage(
  host: Host,
  zone: Zone,
  params: Params<'zone/migrate'>,
  uris: readonly string[],
  operation: ZoneOperation,
  progress: (value: Progress) => void,
): Promise<MigrationSummary> {
  const startedAtMs = performance.now()
  const { signal } = operation.controller
  const { state } = zone
  const { createdDevices } = zone.record
  const wishes = await wishesFor(host, zone, uris)
  let checked: MigrationSummary | undefined
  const mayCopy = async (disks: readonly MovedDisk[]) => {
    checked = await migrateZone(host, zone, { ...params, dryRun: true }, operation, progress, disks)
    zone.underWay?.begin('storage')
    return !params.dryRun
  }
  const disks = await moveStorage(host, zone, { wishes, force: false, signal, progress, mayCopy })
  if (checked === undefined) throw new Error('Storage was moved unchecked')
  if (params.dryRun) return checked
  const copiedMs = performance.now() - startedAtMs
  try {
    const summary = await migrateZone(host, zone, params, operation, progress)
    const totalMs = performance.now() - startedAtMs
    return { ...summary, totalMs, phases: [{ name: 'storage', ms: copiedMs }, ...summary.phases] }
  } catch (error) {
    // Where it may be gone, or nobody knows where it is, the new storage is the one that both hosts reach.
    if (zone.moving === undefined && zone.state === state) {
      await moveBack(host, zone, disks, createdDevices, progress)
    } else {
      const places = disks.map(({ id, to }) => `device ${id} on ${to}`).join(', ')
      progress({ kind: 'line', text: `The zone's disks stay on their new storage: ${places}.` })
    }
    throw error
  }
}

/** @throws ZoneError DISKS_TO_MOVE */
async function wishesFor(host: Host, { name }: Zone, uris: readonly string[]): Promise<Wish[]> {
  const { devices } = await host.registry.contract(name)
  const local = [...new Set([...bootOrder(devices), ...devices])].filter(
    ({ storage }) => storage !== undefined && !isShared(storage),
  )
  if (local.length === uris.length) return local.map(({ id }, index) => ({ id, uri: uris[index] ?? '' }))
  const which = local.map(({ id, storage }) => `device ${id} on ${storage ?? ''}`).join(', ')
  throw new ZoneError(
    `zone '${name}': has ${local.length === 0 ? 'no local disk' : `${local.length} on local storage (${which})`}, and new storage was named for ${uris.length}`,
    {
      code: 'DISKS_TO_MOVE',
      exit: Exit.usage,
      remedy:
        local.length === 0
          ? 'Migrate it as it is, without --with-storage'
          : 'Give one --with-storage URI for each, in this order',
    },
  )
}

/** Never throws: a zone whose disks cannot go back goes on with the new ones. */
async function moveBack(
  host: Host,
  zone: Zone,
  disks: readonly MovedDisk[],
  createdDevices: readonly number[],
  progress: (value: Progress) => void,
): Promise<void> {
  const line = (text: string) => progress({ kind: 'line', text })
  line('The zone stays here: its disks go back to their old storage.')
  // Somebody has just cancelled, and is not to cancel this.
  const { signal } = new AbortController()
  const wishes = disks.map(({ id, from }) => ({ id, uri: from }))
  try {
    await moveStorage(host, zone, { wishes, force: true, signal, progress })
    await host.registry.update(zone, { createdDevices: [...createdDevices] })
    for (const { to, created } of disks) if (created) await removeStorage(to, host.storage)
  } catch (error) {
    const words = (error as Error).message
    host.log(`zone '${zone.name}': its disks cannot go back to their old storage: ${words}`)
    line(`They cannot go back: ${words}. The zone goes on with the disks that "zonecfg info device" shows.`)
  }
}
