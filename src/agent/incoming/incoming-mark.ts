import { readFile, rm, writeFile } from 'node:fs/promises'
import type { HostLayout } from '../../util/host-layout.ts'

/**
 * How far a zone on its way here has come. It tells the next zonesd whether a machine that has ended meanwhile had begun
 * to run. It lies where a reboot empties, so that nothing has to wait for a disk: without it the host went down, and
 * nobody knows.
 */
export type IncomingMark = 'waiting' | 'going'

export function setIncomingMark(layout: HostLayout, zone: string, mark: IncomingMark): Promise<void> {
  return writeFile(layout.incomingMark(zone), mark)
}

export async function readIncomingMark(layout: HostLayout, zone: string): Promise<IncomingMark | undefined> {
  const text = await readFile(layout.incomingMark(zone), 'utf8').catch(() => undefined)
  return text === 'waiting' || text === 'going' ? text : undefined
}

export function removeIncomingMark(layout: HostLayout, zone: string): Promise<void> {
  return rm(layout.incomingMark(zone), { force: true })
}
