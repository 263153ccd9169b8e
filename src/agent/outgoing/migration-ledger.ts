import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { atomicWrite } from '../../util/atomic-write.ts'
import type { HostLayout } from '../../util/host-layout.ts'
import { MigrationRecord } from '../api.ts'

const keptRecords = 1000

/**
 * One file for each migration from this host that has ended, and for each zone that has come here, named so that they sort by the time of the request: zones
 * that move at the same time do not get in each other's way, and none is ever half written. No zone's name starts with a
 * period, so no zone's folder can stand in the way.
 */
const folderOf = (layout: HostLayout) => join(layout.stateFolder, '.migrations')

/** What an interrupted write has left begins with a period. */
const recordName = /^\d{15}-[0-9a-f]{12}\.json$/

/** Writes a record down, and removes the oldest ones beyond the last 1000. */
export async function noteMigration(
  layout: HostLayout,
  record: MigrationRecord,
  kept: number = keptRecords,
): Promise<void> {
  const time = String(Date.parse(record.startedAt)).padStart(15, '0')
  const path = join(folderOf(layout), `${time}-${randomBytes(6).toString('hex')}.json`)
  await atomicWrite(path, `${JSON.stringify(record)}\n`, 0o600)
  const names = await recordNames(layout)
  for (const name of names.slice(0, Math.max(0, names.length - kept))) {
    await rm(join(folderOf(layout), name), { force: true })
  }
}

export interface MigrationRecords {
  /** By the time of the request, the oldest first. */
  readonly records: MigrationRecord[]
  /** How many cannot be read; they are left where they are. */
  readonly damaged: number
}

/** @param zones names of the zones whose records are wanted; null: all */
export async function readMigrations(
  layout: HostLayout,
  zones: readonly string[] | null,
): Promise<MigrationRecords> {
  const records: MigrationRecord[] = []
  let damaged = 0
  for (const name of await recordNames(layout)) {
    const text = await readFile(join(folderOf(layout), name), 'utf8').catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : '',
    )
    // Removed meanwhile, since a newer one was written.
    if (text === undefined) continue
    const record = parse(text)
    if (record === undefined) damaged += 1
    else if (zones === null || zones.includes(record.zone)) records.push(record)
  }
  return { records, damaged }
}

async function recordNames(layout: HostLayout): Promise<string[]> {
  const names = await readdir(folderOf(layout)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => recordName.test(name)).toSorted()
}

function parse(text: string): MigrationRecord | undefined {
  try {
    return MigrationRecord.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
