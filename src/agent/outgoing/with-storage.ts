import { Exit, ZoneError } from '../../errors.ts'
import { holdForTest } from '../../util/test-hold.ts'
import { formatSuri } from '../../zone/suri/format-suri.ts'
import { parseSuri } from '../../zone/suri/parse-suri.ts'
import { isShared } from '../../zone/suri/suri.ts'
import type { MigrationSummary, Params, Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { MovedDisk } from '../storage-move/journal.ts'
import { moveStorage } from '../storage-move/move.ts'
import { disksInOrder } from '../storage-move/plan.ts'
import type { Zone, ZoneOperation } from '../zone.ts'
import { migrateZone } from './migrate.ts'
import { settleStorage } from './settle-storage.ts'
import { removeStorageJournal, type StorageJournal, writeStorageJournal } from './storage-journal.ts'

/**
 * Moves the local disks of a zone to storage that both hosts reach, and then the zone. Whether the zone could go is checked with the
 * new storage before anything is copied. If the migration is refused or fails after that, the disks go back to where they were;
 * if zonesd ends in the middle, the next one sees to that.
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
  const folder = host.layout.zoneFolder(zone.name)
  const disks = await disksToMove(host, zone, uris)
  const wishes = disks.map(({ id, to }) => ({ id, uri: to }))
  let checked: MigrationSummary | undefined
  const mayCopy = async (planned: readonly MovedDisk[]) => {
    checked = await migrateZone(host, zone, { ...params, dryRun: true }, operation, progress, planned)
    zone.underWay?.begin('storage')
    return !params.dryRun
  }
  if (!params.dryRun) {
    const { createdDevices } = zone.record
    await writeStorageJournal(folder, { state: zone.state, createdDevices, disks })
  }
  try {
    await moveStorage(host, zone, { wishes, force: false, signal, progress, mayCopy })
    if (checked === undefined) throw new Error('Storage was moved unchecked')
    if (params.dryRun) return checked
    const copiedMs = performance.now() - startedAtMs
    await holdForTest('storage.moved')
    const summary = await migrateZone(host, zone, params, operation, progress)
    await removeStorageJournal(folder)
    const totalMs = performance.now() - startedAtMs
    return { ...summary, totalMs, phases: [{ name: 'storage', ms: copiedMs }, ...summary.phases] }
  } catch (error) {
    await settleStorage(host, zone, progress)
    throw error
  }
}

/** @throws ZoneError DISKS_TO_MOVE */
async function disksToMove(
  host: Host,
  { name }: Zone,
  uris: readonly string[],
): Promise<StorageJournal['disks']> {
  const { devices } = await host.registry.contract(name)
  const local = disksInOrder(devices).flatMap(({ id, storage }) =>
    isShared(storage) ? [] : [{ id, from: storage }],
  )
  if (local.length === uris.length) {
    return local.map((disk, index) => ({ ...disk, to: formatSuri(parseSuri(uris[index] ?? '')) }))
  }
  const which = local.map(({ id, from }) => `device ${id} on ${from}`).join(', ')
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
