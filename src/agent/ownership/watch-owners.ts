import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../../errors.ts'
import type { OwnerRecord } from '../../hostdata/owner-record/owner-record.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import type { Zone } from '../zone.ts'
import { ownState } from './hand-over-record.ts'
import { inUse, reasonOf } from './host-data-errors.ts'
import { isOurs, noteOwner, readForeign, readOwner, writeOwner } from './own.ts'

const lookIntervalMs = patienceMs(30_000)

/**
 * Looks every 30 seconds whether the zones that run here are this host's by their disks. One that another host has taken over
 * by force meanwhile, as while this one was cut off, is ended here: its disk is in use there. A zone that has come here and could
 * not write its name yet, on each of its boot devices, tries again. One that does not run is looked at once, after zonesd has
 * started: another host may have taken it over while this one was down.
 */
export function watchOwners(host: Host): Disposable {
  const told = new Map<string, string>()
  const seen = new WeakSet<Zone>()
  let isLooking = false
  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    try {
      // Those that run first: the others are in no hurry, and their storage may be slow to answer.
      for (const zone of host.registry.all().toSorted((a, b) => isResting(a) - isResting(b))) {
        if (host.ending.aborted) return
        const resting = !seen.has(zone) && !isBusy(zone)
        if (resting) seen.add(zone)
        const words = await lookAtOwner(host, zone, { resting }).then(
          () => undefined,
          (error: Error) => error.message,
        )
        // Storage that is away for an hour is no reason for a hundred lines.
        if (words !== undefined && told.get(zone.name) !== words) host.log(`zone '${zone.name}': ${words}`)
        if (words === undefined) told.delete(zone.name)
        else told.set(zone.name, words)
      }
    } finally {
      isLooking = false
    }
  }
  const timer = setInterval(() => void look(), lookIntervalMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

const isResting = ({ running }: Zone) => (running === undefined ? 1 : 0)

export interface LookOptions {
  /** Also if it does not run. */
  readonly resting?: boolean
}

/**
 * Looks at one zone, unless something is under way with it.
 *
 * @throws ZoneError what could not be found out; the zone goes on
 */
export async function lookAtOwner(host: Host, zone: Zone, options: LookOptions = {}): Promise<void> {
  if (isBusy(zone) || zone.record.hostData === undefined) return
  try {
    await compareOwner(host, zone, options)
  } catch (error) {
    if (!(error instanceof ZoneError) || error.code !== 'HOSTDATA_OTHER') throw error
    const record = await readForeign(host, zone).catch(() => undefined)
    if (record === undefined || zone.running === undefined || isBusy(zone)) throw error
    await endSuperseded(host, zone, inUse(zone.name, record))
  }
}

async function compareOwner(host: Host, zone: Zone, { resting = false }: LookOptions): Promise<void> {
  if (zone.record.unclaimed === true) await claimArrival(host, zone)
  if (zone.running === undefined && !(resting && zone.record.state === 'installed')) return
  const record = await readOwner(host, zone)
  // Both may have changed while the disk was being read.
  if (record === undefined || isBusy(zone)) return
  if (isOurs(host.identity.id, zone, record)) return noteNews(host, zone, record)
  await endSuperseded(host, zone, inUse(zone.name, record))
}

/** A guest may set its clock as often as it likes, and the disk is not written each time; whoever takes it over wants to know. */
async function noteNews(host: Host, zone: Zone, { timeOffsetSeconds }: OwnerRecord): Promise<void> {
  if (timeOffsetSeconds !== zone.record.timeOffsetSeconds) await noteOwner(host, zone, ownState(zone))
}

/** Writes the name of this host on the disk of a zone that has come here by a migration. */
async function claimArrival(host: Host, zone: Zone): Promise<void> {
  try {
    const [missed] = await writeOwner(host, zone, ownState(zone))
    if (missed !== undefined) throw missed
  } catch (error) {
    if (!(error instanceof ZoneError) || error.code !== 'ZONE_IN_USE' || isBusy(zone)) throw error
    await endSuperseded(host, zone, error)
  }
}

/** The source waits for this: storage that does not answer is not waited for. */
const claimWithinMs = 3_000

/** The same right after it has come, as far as that is done soon: else the next look does it. Never throws. */
export async function claimSoon(host: Host, zone: Zone): Promise<void> {
  if (zone.record.unclaimed !== true) return
  const written = writeOwner(host, zone, ownState(zone)).catch((error: Error) =>
    host.log(`zone '${zone.name}': its host data do not say yet that it is here: ${error.message}`),
  )
  await Promise.race([written, sleep(claimWithinMs, undefined, { ref: false })])
}

async function endSuperseded(host: Host, zone: Zone, error: ZoneError): Promise<void> {
  using _held = zone.begin('takeover')
  const reason = reasonOf(error, zone.name)
  await host.registry.update(zone, { state: 'unavailable', reason, unclaimed: undefined })
  if (zone.running === undefined) return
  await endRunning(host, zone)
  host.log(`zone '${zone.name}': ${reason}; its machine was ended here`)
}

const isBusy = ({ operation, adopting, moving }: Zone) =>
  operation !== undefined || adopting !== undefined || moving !== undefined
