import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readRecord, writeRecord } from '../zone-record.ts'

const movedDisk = z.object({
  id: z.number(),
  from: z.string(),
  to: z.string(),
  /**
   * Whether the new storage was made for this, and is removed if it comes to nothing. `making`: it is not known yet, somebody else
   * may have made it meanwhile.
   */
  created: z.union([z.boolean(), z.literal('making')]),
  /** Root node of the new storage in QEMU; null: the zone is not running. */
  node: z.string().nullable(),
  /** Which storage it uses for certain, while `switching`; absent: either, and all of it is on both. */
  isOn: z.enum(['old', 'new']).optional(),
})
export type MovedDisk = z.infer<typeof movedDisk>

/**
 * What is on its way while the storage of a zone is being moved: `var/lib/zones/NAME/move.json`. `switching`: all of it is
 * on the new storage, and each disk uses the old or the new one.
 */
const moveJournal = z.object({
  schema: z.literal(1),
  phase: z.enum(['copying', 'switching']),
  disks: z.array(movedDisk),
})
export type MoveJournal = z.infer<typeof moveJournal>

const path = (zoneFolder: string) => join(zoneFolder, 'move.json')

export const readMoveJournal = (zoneFolder: string) => readRecord(path(zoneFolder), moveJournal)

export const writeMoveJournal = (zoneFolder: string, journal: Omit<MoveJournal, 'schema'>) =>
  writeRecord(path(zoneFolder), { schema: 1, ...journal })

export const removeMoveJournal = (zoneFolder: string) => rm(path(zoneFolder), { force: true })
