import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readRecord, writeRecord } from '../zone-record.ts'

/**
 * What a migration with new storage, or a move of several disks, has to undo if it does not come to its end:
 * `var/lib/zones/NAME/with-storage.json`. It is there before anything is copied, and until the zone is on the other host, all its
 * disks are moved, or they are back.
 */
const storageJournal = z.object({
  schema: z.literal(1),
  /** A move alone; absent: a migration. */
  what: z.literal('move').optional(),
  /** State of the zone when it began: in another one it goes on where its disks are. */
  state: z.string(),
  /** The disks that were made for the zone by then. */
  createdDevices: z.array(z.number()),
  disks: z.array(z.object({ id: z.number(), from: z.string(), to: z.string() })),
  /** New storage to be removed when no disk is on it any more; absent: the way back has not begun. */
  made: z.array(z.string()).optional(),
})
export type StorageJournal = z.infer<typeof storageJournal>

const path = (zoneFolder: string) => join(zoneFolder, 'with-storage.json')

export const readStorageJournal = (zoneFolder: string) => readRecord(path(zoneFolder), storageJournal)

export const writeStorageJournal = (zoneFolder: string, journal: Omit<StorageJournal, 'schema'>) =>
  writeRecord(path(zoneFolder), { schema: 1, ...journal })

export const removeStorageJournal = (zoneFolder: string) => rm(path(zoneFolder), { force: true })
