import { existsSync, readFileSync } from 'node:fs'
import { ZoneRegistry } from '../../src/agent/zone-registry.ts'
import { journalPath, migrationJournal } from '../../src/migration/journal.ts'
import type { HostLayout } from '../../src/util/host-layout.ts'
import type { State } from './hand-over-state.ts'

/** What of the model is the source's: `sWay` and `missing` as far as somebody here can know of them. */
export type SourceState = Pick<
  State,
  'sUp' | 'sMachine' | 'sInstalled' | 'sJournal' | 'sWay' | 'sDoes' | 'missing'
>
/** What it has told the target. */
export type Sent = Partial<Pick<State, 'go' | 'ask' | 'lossKnown'>>

/** Where its journal says that the memory goes. */
export function wayOnDisk(layout: HostLayout, zone: string): string | undefined {
  const path = journalPath(layout.zoneFolder(zone))
  if (!existsSync(path)) return undefined
  const read = migrationJournal.parse(JSON.parse(readFileSync(path, 'utf8')))
  return read.direction === 'out' ? read.streamUri : undefined
}

/** What is on its disk. */
export async function stateOnDisk(
  layout: HostLayout,
  zone: string,
): Promise<Pick<SourceState, 'sInstalled' | 'sJournal' | 'sWay'>> {
  const disk = new ZoneRegistry(layout)
  await disk.load()
  return {
    sInstalled: disk.find(zone)?.record.state === 'installed',
    sJournal: existsSync(journalPath(layout.zoneFolder(zone))),
    sWay: wayOnDisk(layout, zone) !== undefined,
  }
}
