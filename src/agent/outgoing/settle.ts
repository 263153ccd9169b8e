import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../../errors.ts'
import type { OutgoingJournal } from '../../migration/journal.ts'
import { connectPeer, type Peer } from '../../migration/peer.ts'
import type { IncomingStatus } from '../../migration/peer-api.ts'
import { clearStream } from '../../migration/stream-settings.ts'
import { takeBack } from '../../migration/take-back.ts'
import { migrationSchema, postcopyStatuses } from '../../qmp/schemas.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { retakeZone, withdrawZone } from '../ownership/hand-over-record.ts'
import type { Zone } from '../zone.ts'
import { drainZone } from './drain-zone.ts'
import { leftFor } from './source-zone.ts'

const tellTimeoutMs = patienceMs(10 * 60_000)
const askIntervalMs = patienceMs(1_000)
const askTimeoutMs = 10_000

/** What the journal says of it. */
export type Unsettled = Pick<
  OutgoingJournal,
  'migrationId' | 'target' | 'environment' | 'kind' | 'handedOver' | 'postcopy' | 'streamUri'
>

interface AskOptions {
  /** How long to go on asking. */
  readonly timeoutMs: number
  /** Whether the target may forget that it went down with what it had of the zone. */
  readonly knowsOfLoss?: boolean
  readonly signal?: AbortSignal
}

/** Asks the target how a migration ended there, over a conversation of its own, until it answers or time is up. */
async function askTarget(
  zone: string,
  { migrationId, target, environment }: Unsettled,
  { timeoutMs, knowsOfLoss = false, signal }: AskOptions,
): Promise<IncomingStatus | ZoneError> {
  const end = performance.now() + timeoutMs
  for (;;) {
    try {
      await using peer: Peer = connectPeer(target, environment)
      const params = { migrationId, zone, knowsOfLoss }
      return (await peer.call('peer/abort', params, { timeoutMs: askTimeoutMs })).status
    } catch (error) {
      if (!(error instanceof ZoneError)) throw error
      if (performance.now() >= end || signal?.aborted === true) return error
    }
    // What is done in the background keeps no process alive.
    await sleep(askIntervalMs, undefined, { ref: signal === undefined })
  }
}

/**
 * Goes on telling a target that could not be reached that a migration is given up of which nothing was handed over: until
 * then it keeps what it has made for the zone. Never throws; ends with zonesd.
 */
export async function tellGivenUp(host: Host, zone: string, unsettled: Unsettled): Promise<void> {
  const options = { timeoutMs: tellTimeoutMs, knowsOfLoss: true, signal: host.ending }
  const answer = await askTarget(zone, unsettled, options)
  if (!(answer instanceof ZoneError)) return
  host.log(
    `zone '${zone}': ${unsettled.target} could not be told that the migration is given up: ${answer.message}`,
  )
}

/** Of a transfer that has ended at this end, or that goes on by post-copy. */
const allSent: readonly (string | undefined)[] = ['completed', ...postcopyStatuses]

/**
 * Whether the target can have been told that the zone is its own: of a running one only when all of the guest's memory had
 * been sent, of one at rest only when the journal says so.
 */
async function mayHaveBeenHandedOver(
  zone: Zone,
  { kind = 'live', handedOver = false }: Unsettled,
): Promise<boolean> {
  if (kind !== 'live') return handedOver
  const { running } = zone
  if (running === undefined) return true
  const { status } = await running.machine.qemu.qmp.execute('query-migrate', {}, { schema: migrationSchema })
  const { running: isRunning } = await running.machine.qemu.qmp.execute('query-status')
  return allSent.includes(status) && !isRunning
}

async function takeBackHere(host: Host, zone: Zone, streamUri?: string): Promise<'here' | 'lost'> {
  const { running } = zone
  if (running !== undefined) {
    try {
      await takeBack(running.machine.qemu.qmp, streamUri)
    } catch (error) {
      if (!(error instanceof ZoneError) || error.code !== 'POSTCOPY_BROKEN') throw error
      host.log(`zone '${zone.name}': ${error.message}`)
      await endRunning(host, zone)
      await withdrawZone(host, zone)
      return 'lost'
    }
    await clearStream(running.machine.qemu.qmp)
  }
  await withdrawZone(host, zone)
  host.log(`zone '${zone.name}': taken back after an interrupted migration`)
  return 'here'
}

/**
 * The target's host went down in the moment of the switch-over. The guest may have run there and written to its disk, so
 * its memory here is worth nothing any more: it is ended, and can be booted from its disk.
 */
export async function endOldGuest(
  host: Host,
  zone: Zone,
  { migrationId, target, environment }: Unsettled,
): Promise<'lost'> {
  await endRunning(host, zone)
  try {
    await using peer = connectPeer(target, environment)
    await peer.call(
      'peer/abort',
      { migrationId, zone: zone.name, knowsOfLoss: true },
      { timeoutMs: askTimeoutMs },
    )
  } catch (error) {
    host.log(`zone '${zone.name}': ${target} keeps what it had made for it: ${(error as Error).message}`)
  }
  // It may have written its name before it went down.
  await retakeZone(host, zone)
  return 'lost'
}

/**
 * Brings a migration whose end is not known to one: the zone runs here again, or it is the target's, or the guest was
 * lost with the target and the zone is installed here; `dead`: the zone is the target's, and its guest was lost since a part
 * of its memory was still here. The target is asked to give the migration up; its answer decides.
 * Without an answer nothing is changed, unless it cannot have been handed over.
 *
 * @param timeoutMs how long to go on asking
 * @throws ZoneError HAND_OVER_UNCERTAIN
 */
export async function settle(
  host: Host,
  zone: Zone,
  unsettled: Unsettled,
  timeoutMs: number,
): Promise<'here' | 'there' | 'lost' | 'dead'> {
  const { target } = unsettled
  const uncertain = await mayHaveBeenHandedOver(zone, unsettled)
  const answer = await askTarget(zone.name, unsettled, { timeoutMs: uncertain ? timeoutMs : 0 })
  if (answer === 'arrived') {
    const line = (text: string) => host.log(`zone '${zone.name}': ${text}`)
    const died = await drainZone(host, zone, unsettled, { line })
    await host.registry.update(zone, leftFor(target))
    await endRunning(host, zone)
    return died === undefined ? 'there' : 'dead'
  }
  if (answer !== 'none' && !uncertain) void tellGivenUp(host, zone.name, unsettled)
  if (answer === 'none' || !uncertain) return takeBackHere(host, zone, unsettled.streamUri)
  if (answer === 'lost') return endOldGuest(host, zone, unsettled)
  throw new ZoneError(
    `zone '${zone.name}': lost ${target} in the moment of the switch-over; the zone is held here, stopped, until it is known whether it runs there`,
    {
      code: 'HAND_OVER_UNCERTAIN',
      remedy: `Once ${target} can be reached: zoneadm -z ${zone.name} migrate --recover`,
      cause: answer,
    },
  )
}

/** What the operator is told of a guest that was lost with the target's host. */
export function targetLost(zone: string, target: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': ${target} went down at the switch-over, and the guest with it; the zone is installed here, with its disk as the guest left it`,
    { code: 'TARGET_LOST', remedy: `Boot it, as after a power failure: zoneadm -z ${zone} boot` },
  )
}
