import { Exit, ZoneError } from '../../errors.ts'
import { cipherNames } from '../../migration/cipher.ts'
import { type DrainOptions, drainMemory } from '../../migration/drain-memory.ts'
import { journalPath, migrationJournal, type OutgoingJournal } from '../../migration/journal.ts'
import { connectPeer, connectRest } from '../../migration/peer.ts'
import type { PeerParams, PeerResult } from '../../migration/peer-api.ts'
import { QmpClosedError } from '../../qmp/qmp-errors.ts'
import { openSocketTo } from '../../transport/socket-to.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { readRecord, writeRecord } from '../zone-record.ts'

const askTimeoutMs = 10_000

export interface DrainZoneOptions extends Pick<DrainOptions, 'line' | 'onProgress' | 'brokenTimeoutMs'> {
  /** Whoever waits for it wants it to end: both halves are kept. */
  readonly signal?: AbortSignal | undefined
}

type Postcopy = Pick<OutgoingJournal, 'migrationId' | 'target' | 'environment' | 'postcopy' | 'streamUri'>

/**
 * Of a zone that is the target's: sees to it that the target gets what is missing of its guest's memory, before the machine
 * here is ended. While the target cannot be reached both halves are kept.
 *
 * @returns why the guest is lost; undefined: it is not
 * @throws ZoneError STREAM_BROKEN, CANCELLED: not all of it is there, and both halves are kept; the host's reason to end: the
 *   journal stays for the next zonesd
 */
export async function drainZone(
  host: Host,
  zone: Zone,
  migration: Postcopy,
  { signal, ...how }: DrainZoneOptions,
): Promise<ZoneError | undefined> {
  if (migration.postcopy !== true) return undefined
  const { name, running } = zone
  const rejoin = (isOnlyAsked: boolean) => rejoinTarget(host, name, migration, { isOnlyAsked })
  const askOfLost = () =>
    rejoinTarget(host, name, migration, { isOnlyAsked: true, isHalfGone: true }).catch(() => undefined)
  if (running === undefined) {
    return (await askOfLost()) === 'filling' ? halfIsGone(name, migration.target) : undefined
  }
  const openWay = () =>
    openSocketTo(host.layout.restSocket(name), () =>
      connectRest(migration.target, migration.environment, name),
    )
  try {
    const ending = signal === undefined ? host.ending : AbortSignal.any([host.ending, signal])
    const end = await drainMemory(running.machine.qemu.qmp, {
      ...how,
      rejoin,
      uri: migration.streamUri,
      openWay,
      signal: ending,
    })
    if (end === 'broken') {
      await noteArrived(host, name)
      throw streamBroken(name, migration.target)
    }
    if (end === 'failed') {
      await askOfLost()
      return halfIsGone(name, migration.target, 'the stream from here broke at its very end,')
    }
    return end === 'whole' ? undefined : guestEnded(name, migration.target)
  } catch (error) {
    if (error instanceof QmpClosedError && !host.ending.aborted) {
      const isWhole = (await askOfLost()) === 'whole'
      return isWhole ? undefined : halfIsGone(name, migration.target)
    }
    if (signal?.aborted === true && !host.ending.aborted) throw cancelled(name, migration.target)
    throw error
  }
}

/** When it is asked next the target may be silent; without the note only less is known then. */
async function noteArrived({ layout }: Host, zone: string): Promise<void> {
  const path = journalPath(layout.zoneFolder(zone))
  const journal = await readRecord(path, migrationJournal).catch(() => undefined)
  if (journal?.direction !== 'out' || journal.arrived === true) return
  await writeRecord(path, { ...journal, arrived: true }).catch(() => undefined)
}

/** A conversation of its own: the one of the migration may have ended with the stream. */
async function rejoinTarget(
  host: Host,
  zone: string,
  { migrationId, target, environment }: Postcopy,
  asked: Pick<PeerParams<'peer/rejoin'>, 'isOnlyAsked' | 'isHalfGone'>,
): Promise<PeerResult<'peer/rejoin'>['status']> {
  await using peer = connectPeer(target, environment)
  const hello = { version: kzoneVersion, protocol, host: host.identity, ciphers: [...cipherNames] }
  await peer.call('peer/hello', hello, { timeoutMs: askTimeoutMs })
  return (await peer.call('peer/rejoin', { migrationId, zone, ...asked }, { timeoutMs: 2 * askTimeoutMs }))
    .status
}

const recoverBy = (zone: string, target: string) => {
  const recover = `zoneadm -z ${zone} migrate --recover`
  return `Once ${target} can be reached: ${recover}; if it is gone for good, and the guest with it: ${recover} -F`
}

function cancelled(zone: string, target: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': cancelled; it is on ${target}, and a part of its guest's memory is still held here`,
    { code: 'CANCELLED', exit: Exit.interrupted, remedy: recoverBy(zone, target) },
  )
}

export function streamBroken(zone: string, target: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': is on ${target}, which cannot be reached; its guest may stand still there, since a part of its memory is held here`,
    { code: 'STREAM_BROKEN', remedy: recoverBy(zone, target) },
  )
}

function halfIsGone(zone: string, target: string, why = 'its machine here ended'): ZoneError {
  return new ZoneError(
    `zone '${zone}': ${why} before all of its memory was at ${target}; the zone is ${target}'s, its disks are as it left them, and its guest is lost`,
    {
      code: 'GUEST_LOST',
      remedy: `On ${target}, as after a power failure: zoneadm -z ${zone} halt, then zoneadm -z ${zone} boot`,
    },
  )
}

function guestEnded(zone: string, target: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': its machine at ${target} ended before all of its memory was there; the zone is ${target}'s, its disks are as it left them, and its guest is lost`,
    { code: 'GUEST_LOST', remedy: `On ${target}, as after a power failure: zoneadm -z ${zone} boot` },
  )
}

/** What the operator is told who settles a migration of which the guest died on the way. */
export function diedOnTheWay(zone: string, target: string): ZoneError {
  return new ZoneError(
    `zone '${zone}': is on ${target}, but its guest was lost while a part of its memory was still here`,
    {
      code: 'GUEST_LOST',
      remedy: `On ${target}: zoneadm -z ${zone} halt, if it still runs, then zoneadm -z ${zone} boot`,
    },
  )
}
