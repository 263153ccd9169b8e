import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../../errors.ts'
import type { OutgoingJournal } from '../../migration/journal.ts'
import { connectPeer, type Peer } from '../../migration/peer.ts'
import type { IncomingStatus } from '../../migration/peer-api.ts'
import { clearStream } from '../../migration/stream-settings.ts'
import { takeBack } from '../../migration/take-back.ts'
import { remedyThen, systemError } from '../../util/system-error.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { retakeZone, withdrawZone } from '../ownership/hand-over-record.ts'
import type { Zone } from '../zone.ts'
import { endBrokenSwitch, isSwitchBroken } from './broken-switch.ts'
import { drainZone, streamBroken } from './drain-zone.ts'
import { heldStill } from './held-still.ts'
import { type DiskWord, inWords, lookAtDisk } from './look-at-disk.ts'
import { lookAtMachine, type Machine, machineInWords } from './look-at-machine.ts'
import { goneTo, leftFor } from './source-zone.ts'

const tellTimeoutMs = patienceMs(10 * 60_000)
const askIntervalMs = patienceMs(1_000)
const askTimeoutMs = 10_000

/** What the journal says of it. */
export type Unsettled = Pick<
  OutgoingJournal,
  | 'migrationId'
  | 'target'
  | 'targetId'
  | 'environment'
  | 'kind'
  | 'handedOver'
  | 'arrived'
  | 'postcopy'
  | 'streamUri'
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

/**
 * Whether the target can have been told that the zone is its own: of a running one only when all of the guest's memory had
 * been sent, and if its machine is gone, when anything can have been, which is when the journal says whereto; of one at rest
 * only when the journal says so.
 */
function mayHaveBeenHandedOver(
  { kind = 'live', handedOver = false, streamUri }: Unsettled,
  machine: Machine,
): boolean {
  if (kind !== 'live') return handedOver
  if (machine === undefined) return handedOver || streamUri !== undefined
  return machine.isAllSent && !machine.isRunning
}

/** Whether only the target can say how a migration has ended that is held here. */
export async function isTargetsWordNeeded(zone: Zone, unsettled: Unsettled): Promise<boolean> {
  const { kind = 'live' } = unsettled
  return mayHaveBeenHandedOver(unsettled, kind === 'live' ? await lookAtMachine(zone, unsettled) : undefined)
}

async function takeBackHere(host: Host, zone: Zone, streamUri?: string): Promise<'here' | 'broken'> {
  const { running } = zone
  if (running !== undefined) {
    try {
      const socket = host.layout.restSocket(zone.name)
      await takeBack(running.machine.qemu.qmp, { uri: streamUri, socket })
    } catch (error) {
      if (!isSwitchBroken(error)) throw error
      await endBrokenSwitch(host, zone, error)
      return 'broken'
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
 *
 * @param lastWord whether the target itself has said so: it goes before whatever it had written on the disk
 */
async function endOldGuest(
  host: Host,
  zone: Zone,
  { migrationId, target, targetId, environment }: Unsettled,
  lastWord: boolean,
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
  await (lastWord ? retakeZone(host, zone, targetId) : withdrawZone(host, zone))
  return 'lost'
}

/**
 * How a migration has ended: the zone runs `here` again; or it is the target's (`there`); or its guest was `lost` with the
 * target, and the zone is installed here; or so it is since its post-copy had `broken` before it was handed over. `dead`: it is the target's, and its guest was lost since a part of its memory was
 * still here. `silent`: another host has it by its boot device, and the target does not answer.
 */
export type Settled = 'here' | 'there' | 'silent' | 'lost' | 'broken' | 'dead'

export interface SettleOptions {
  /** The operator vouches that the target is gone for good and runs nothing. */
  readonly targetIsGone?: boolean
  /** Told what is found; the boot device is then looked at in any case. */
  readonly tell?: (line: string) => void
  /** Ends the sending of what is missing of the guest's memory. */
  readonly signal?: AbortSignal
  /** It is tried again later: a stream that is broken is tried once, so that the operator finds the zone free. */
  readonly isTriedAgain?: boolean
}

/**
 * Brings a migration whose end is not known to one. The target is asked to give it up; its answer decides. Without an answer
 * the record on the boot device does, if it names another host. Else nothing is changed, unless the zone cannot have been
 * handed over, or the operator vouches that the target is gone.
 *
 * @param timeoutMs how long to go on asking
 * @throws ZoneError HAND_OVER_UNCERTAIN; STREAM_BROKEN: it is the target's, and a part of its guest's memory is here; NOT_DETACHED: it is the target's, and that could not be written down here; QMP_TIMEOUT, QMP_CLOSED, TAKE_BACK_FAILED: it is held still
 */
export async function settle(
  host: Host,
  zone: Zone,
  unsettled: Unsettled,
  timeoutMs: number,
  options: SettleOptions = {},
): Promise<Settled> {
  try {
    return await decide(host, zone, unsettled, timeoutMs, options)
  } catch (error) {
    throw heldStill(zone, error)
  }
}

async function decide(
  host: Host,
  zone: Zone,
  unsettled: Unsettled,
  timeoutMs: number,
  { targetIsGone = false, tell, signal, isTriedAgain = false }: SettleOptions,
): Promise<Settled> {
  const { target, kind = 'live', postcopy = false } = unsettled
  const machine = kind === 'live' ? await lookAtMachine(zone, unsettled) : undefined
  tell?.(`Here: ${machineInWords(unsettled, machine)}.`)
  const uncertain = mayHaveBeenHandedOver(unsettled, machine)
  const answer = await askTarget(zone.name, unsettled, { timeoutMs: uncertain ? timeoutMs : 0 })
  // Of post-copy: the guest cannot do without the machine here.
  const isPartHere = postcopy && machine?.isWhole === false
  const isSilent = answer instanceof ZoneError
  tell?.(isSilent ? `${target} gives no answer: ${firstLine(answer)}` : `${target} says: ${words[answer]}.`)
  const isAsked = tell !== undefined || (uncertain && (isSilent || answer === 'lost'))
  const disk = isAsked ? await lookAtDisk(host, zone) : undefined
  if (disk !== undefined) tell?.(`By its boot device: ${inWords(disk)}.`)
  if (answer === 'arrived') {
    const line = (text: string) => (isTriedAgain ? undefined : host.log(`zone '${zone.name}': ${text}`))
    const drain = { line, signal, brokenTimeoutMs: isTriedAgain ? 0 : undefined }
    const isCut = targetIsGone && isPartHere
    const died = isCut || (await drainZone(host, zone, unsettled, drain)) !== undefined
    await host.registry.update(zone, leftFor(target)).catch((error) => {
      throw notDetached(zone.name, target, error)
    })
    await endRunning(host, zone)
    return died ? 'dead' : 'there'
  }
  if (answer !== 'none' && !uncertain) void tellGivenUp(host, zone.name, unsettled)
  if (answer === 'none' || !uncertain) return takeBackHere(host, zone, unsettled.streamUri)
  // The target writes its name only once it has the zone, and a host that took it by force does so on its operator's word.
  const other = disk?.status === 'other' ? disk : undefined
  if (answer === 'lost') {
    const isThirds = other !== undefined && other.record.owner.id !== unsettled.targetId
    return isThirds ? leaveToOther(host, zone, other) : endOldGuest(host, zone, unsettled, true)
  }
  if (other !== undefined && (!isPartHere || targetIsGone)) return leaveToOther(host, zone, other)
  if (targetIsGone) return endOldGuest(host, zone, unsettled, false)
  if (unsettled.arrived === true && isPartHere) throw streamBroken(zone.name, target)
  throw uncertainEnd(zone.name, target, disk === undefined ? '' : inWords(disk), answer)
}

async function leaveToOther(
  host: Host,
  zone: Zone,
  disk: Extract<DiskWord, { status: 'ours' | 'other' }>,
): Promise<'silent'> {
  await host.registry.update(zone, goneTo(disk.record))
  await endRunning(host, zone)
  host.log(`zone '${zone.name}': is another host's now: ${inWords(disk)}`)
  return 'silent'
}

const words = {
  none: 'it does not run there, and never will by this migration',
  arrived: 'it has come there',
  lost: 'that host went down while it may have begun to run there',
} as const

const firstLine = ({ message }: Error) => message.split('\n')[0]?.trim() ?? ''

function uncertainEnd(zone: string, target: string, disk: string, cause: ZoneError): ZoneError {
  const recover = `zoneadm -z ${zone} migrate --recover`
  return new ZoneError(
    `zone '${zone}': lost ${target} in the moment of the switch-over (${firstLine(cause)}); by its boot device ${disk}; the zone is held here, stopped, until it is known whether it runs there`,
    {
      code: 'HAND_OVER_UNCERTAIN',
      remedy: `Once ${target} can be reached: ${recover}\nOnly if it is gone for good and runs nothing: ${recover} -F`,
      cause,
    },
  )
}

function notDetached(zone: string, target: string, error: unknown): unknown {
  const failure = error instanceof ZoneError ? error : systemError(error)
  if (failure === undefined) return error
  return new ZoneError(
    `zone '${zone}': has moved to ${target}; it could not be detached here, where what is left of it is held and does not run: ${failure.message}`,
    {
      code: 'NOT_DETACHED',
      remedy: remedyThen(failure, `zoneadm -z ${zone} migrate --recover`),
      cause: error,
    },
  )
}

/** What the operator is told of a zone that another host has by its boot device, when the target does not answer. */
export function targetSilent({ name, record: { reason } }: Zone, target: string): ZoneError {
  const zoneadm = `zoneadm -z ${name}`
  return new ZoneError(
    `zone '${name}': ${reason ?? 'is another host’s'}; ${target} does not say whether it runs there; it was detached here`,
    {
      code: 'TARGET_SILENT',
      remedy: [
        `Once ${target} can be reached, see there: ${zoneadm} list -v`,
        `Only if that host is gone for good and runs nothing (two that run on one disk destroy it), take it over here, as after a power failure: ${zoneadm} attach -x force-takeover, then ${zoneadm} boot`,
      ].join('\n'),
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
