import { ZoneError } from '../../errors.ts'
import { journalPath, type OutgoingJournal, removeJournal } from '../../migration/journal.ts'
import type { Migration } from '../../migration/migration.ts'
import type { Environment, Peer } from '../../migration/peer.ts'
import { type Phase, type PhaseTime, runPhases } from '../../migration/phase.ts'
import { QmpTimeoutError } from '../../qmp/qmp-errors.ts'
import { isAlive } from '../../util/process-identity.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { notTakenBack } from '../lifecycle/not-taken-back.ts'
import type { Zone } from '../zone.ts'
import { writeRecord } from '../zone-record.ts'
import { brokenInSwitch, endBrokenSwitch, isSwitchBroken } from './broken-switch.ts'
import { requireGuest } from './require-guest.ts'
import { settle, tellGivenUp } from './settle.ts'

/** Often enough for whoever looks at the target how far it is. */
const aliveIntervalMs = patienceMs(2_000)
/** How long to go on asking a target that was lost in the moment of the switch-over. */
const settleTimeoutMs = patienceMs(20_000)

/** A process that ends closes its conversations before it is gone. */
const endPatience = { timeoutMs: patienceMs(5_000), intervalMs: 20 }

/** How the target is reached, and whether the guest may go on there before all of its memory is there. */
export interface Way {
  readonly target: string
  readonly environment: Environment
  readonly postcopy?: boolean
}

/** Journal of a migration that is about to move the zone. */
export function outgoingJournal(
  { id, kind, source, target }: Pick<Migration, 'id' | 'kind' | 'source' | 'target'>,
  way: Way,
): OutgoingJournal {
  const startedAt = new Date().toISOString()
  const own = { migrationId: id, zone: source.name, kind, startedAt, targetId: target?.id }
  return { schema: 1, direction: 'out', ...own, ...way }
}

/**
 * Moves a zone for which the check has passed. If it fails the zone is as it was, or it is known whose it is.
 *
 * @returns how long each phase took; none if the target had to be asked how it ended
 * @throws what a phase threw; POSTCOPY_BROKEN: the guest is lost, the zone installed; TARGET_LOST, TARGET_SILENT; HAND_OVER_UNCERTAIN, NOT_DETACHED, NOT_TAKEN_BACK: the journal stays, and nothing else may
 *   be done with the zone until it is settled
 */
export async function carryOut<M extends Migration>(
  host: Host,
  zone: Zone,
  migration: M,
  phases: readonly Phase<M>[],
  way: Way,
): Promise<PhaseTime[]> {
  const { peer, signal, id: migrationId } = migration
  const path = journalPath(host.layout.zoneFolder(zone.name))
  const journal = outgoingJournal(migration, way)
  await writeRecord(path, journal)
  zone.moving = 'migrating-out'
  const alive = setInterval(() => {
    const status = zone.underWay?.status()
    const told = status && { phase: status.phase, forecast: status.forecast, transfer: status.transfer }
    void peer.call('peer/alive', { migrationId, ...(told && { told }) }).catch(() => undefined)
  }, aliveIntervalMs)
  let isUntold = false
  let heldBy: unknown
  let broken: ZoneError | undefined
  const onStuck = (phase: string, error: unknown) => {
    isUntold ||= phase === 'reserve'
    if (phase === 'transfer' && isSwitchBroken(error)) broken = error
    else if (phase === 'transfer') heldBy = error
    stuck(host, zone)(phase, error)
  }
  try {
    const moved = await runPhases(phases, { context: migration, signal, onBegin: telling(zone), onStuck })
    await finish(host, zone)
    // Not waited for: without it the target keeps its note of this migration for ever, which harms nobody.
    void peer.call('peer/settled', { migrationId }).catch(() => undefined)
    host.log(`zone '${zone.name}': migrated to ${peer.uri} by migration ${migrationId}`)
    return moved
  } catch (error) {
    if (!migration.handedOver && heldBy !== undefined && (await mayStandStill(zone, heldBy)))
      throw notTakenBack({ zone: zone.name, kind: 'migration', held: heldBy, failure: error })
    if (!migration.handedOver) {
      if (broken !== undefined) await endBrokenSwitch(host, zone, broken)
      await finish(host, zone)
      if (isUntold) void tellGivenUp(host, zone.name, journal)
      throw broken === undefined ? error : brokenInSwitch(zone.name, broken, error)
    }
    const arrived = error instanceof ZoneError && error.code === 'STREAM_BROKEN'
    const { streamUri } = migration
    const unsettled = { ...journal, streamUri, handedOver: true, arrived }
    const where = await settle(host, zone, unsettled, settleTimeoutMs)
    await finish(host, zone)
    requireGuest(zone, peer.uri, where)
    if (where === 'here') throw error
    return []
  } finally {
    clearInterval(alive)
  }
}

/**
 * Whether a guest may stand still here that could not be taken back: its QEMU lives and did not do what it was told, or only the
 * conversation with it has ended.
 */
async function mayStandStill({ running }: Zone, error: unknown): Promise<boolean> {
  if (error instanceof QmpTimeoutError) return true
  if (error instanceof ZoneError && error.code === 'TAKE_BACK_FAILED') return true
  if (running === undefined) return false
  const { identity } = running.machine.qemu
  const hasEnded = async () => ((await isAlive(identity)) ? undefined : true)
  return (await retryUntil(hasEnded, endPatience)) === undefined
}

/** The migration is over, one way or the other. */
export async function finish(host: Host, zone: Zone): Promise<void> {
  zone.moving = undefined
  await removeJournal(host.layout.zoneFolder(zone.name))
}

/** Lets an operator who asks know in which phase a migration is. */
export function telling(zone: Pick<Zone, 'underWay'>) {
  return async (phase: string) => zone.underWay?.begin(phase)
}

export function stuck(host: Host, zone: Zone) {
  return (phase: string, error: unknown) => {
    const words = error instanceof ZoneError ? error.message : String(error)
    host.log(`zone '${zone.name}': undoing "${phase}" failed: ${words}`)
  }
}

/** Without a conversation with the target nothing can be handed over: what is under way ends at once. */
export function whileConnected(peer: Peer, signal: AbortSignal, meanwhile: string): AbortSignal {
  const lost = new AbortController()
  void peer.closed.then(() =>
    lost.abort(
      new ZoneError(`Lost the connection to ${peer.uri}; ${meanwhile}`, {
        code: 'TARGET_UNREACHABLE',
        remedy: 'Try again once it can be reached',
      }),
    ),
  )
  return AbortSignal.any([signal, lost.signal])
}
