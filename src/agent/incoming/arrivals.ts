import { appendFile, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { type IncomingJournal, journalPath, migrationJournal } from '../../migration/journal.ts'
import type { IncomingStatus, PeerParams, PeerResult, Told } from '../../migration/peer-api.ts'
import { placedStreamKey } from '../../migration/stream-key.ts'
import { socketsAt, waitingIn } from '../../migration/stream-sockets.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { claimSoon } from '../ownership/watch-owners.ts'
import type { Zone } from '../zone.ts'
import { readRecord } from '../zone-record.ts'
import { forgetLoss, hasArrived } from './arrival-ledger.ts'
import { arrivalStatus } from './arrival-status.ts'
import { fateOfForgotten } from './forget-arrival.ts'
import { giveUpIncoming, giveUpOrLater } from './give-up.ts'
import { continueGuest, settleArrival } from './go.ts'
import { readIncomingMark } from './incoming-mark.ts'
import { type IncomingZone, isOverdue, leaseMs } from './incoming-zone.ts'
import { prepareIncoming } from './prepare.ts'
import { reserveIncoming } from './reserve.ts'
import { notSettled, settleLater } from './settle-later.ts'
import { watchFilling } from './watch-filling.ts'

const leaseCheckMs = patienceMs(5_000)

/** The zones on their way to this host. Each belongs to the conversation that announced it. */
export class Arrivals implements Disposable {
  readonly #host: Host
  readonly #byMigration = new Map<string, IncomingZone>()
  readonly #timer: NodeJS.Timeout

  constructor(host: Host) {
    this.#host = host
    this.#timer = setInterval(() => {
      void this.#endLeases()
      this.#settleLate()
    }, leaseCheckMs)
    this.#timer.unref()
  }

  /** @throws as `reserveIncoming()`; ENDING */
  async reserve(params: PeerParams<'peer/reserve'>): Promise<PeerResult<'peer/reserve'>> {
    const { incoming, answer } = await reserveIncoming(this.#host, params)
    this.#byMigration.set(params.migrationId, incoming)
    incoming.zone.arriving = () => arrivalStatus(params.migrationId, incoming)
    return answer
  }

  /** Takes a piece of a file; it appears under its name when it is complete. */
  async file({ migrationId, file, data, last }: PeerParams<'peer/file'>): Promise<void> {
    const { zone } = this.#get(migrationId)
    const path = this.#host.layout[file](zone.name)
    const partial = `${path}.${migrationId}`
    await mkdir(dirname(path), { recursive: true })
    await appendFile(partial, Buffer.from(data, 'base64'), { mode: 0o600 })
    if (last) await rename(partial, path)
  }

  async prepare(
    params: PeerParams<'peer/prepare'>,
    listenAddress: string,
  ): Promise<PeerResult<'peer/prepare'>> {
    const incoming = this.#get(params.migrationId)
    incoming.postcopy = params.postcopy ?? false
    const preparing = prepareIncoming(this.#host, incoming, params, listenAddress)
    incoming.preparing = preparing.catch(() => undefined)
    const answer = await preparing
    incoming.streamPort = answer.port
    return answer
  }

  alive(migrationId: string, told?: Told): void {
    const incoming = this.#get(migrationId)
    if (told !== undefined) incoming.told = told
  }

  async unread(migrationId: string): Promise<PeerResult<'peer/unread'>> {
    const { streamPort } = this.#get(migrationId)
    const waiting = streamPort === undefined ? undefined : await waitingIn(socketsAt(streamPort))
    return { bytes: waiting?.unreadBytes ?? null }
  }

  async go(migrationId: string): Promise<PeerResult<'peer/go'>> {
    const incoming = this.#get(migrationId)
    // A zone at rest has nothing to go on with: it is this host's when that is written down.
    incoming.going ??= isAtRest(incoming.journal)
      ? Promise.resolve(performance.now())
      : continueGuest(this.#host, incoming)
    const continuedAtMs = await incoming.going.catch((error: unknown) => {
      // The lease holds again: a source that falls silent now may never say that it gives up.
      incoming.going = undefined
      throw error
    })
    await this.#settle(migrationId, incoming)
    // Beside the guest, which goes on: no write to a disk is in its pause.
    await claimSoon(this.#host, incoming.zone)
    if (incoming.postcopy === true) await watchFilling(this.#host, incoming.zone, true)
    return { afterwardsMs: performance.now() - continuedAtMs }
  }

  /** Gives a migration up unless the zone runs here by it; the answer is final. */
  async abort({ migrationId, zone: name, knowsOfLoss }: PeerParams<'peer/abort'>): Promise<IncomingStatus> {
    const incoming = this.#byMigration.get(migrationId)
    if (incoming !== undefined) return this.#giveUpUnlessGoing(migrationId, incoming)
    if (await hasArrived(this.#host.layout, migrationId)) return 'arrived'
    if (this.#host.registry.find(name)?.record.arrival === migrationId) return 'arrived'
    return this.#abandoned(name, migrationId, knowsOfLoss)
  }

  /** The conversation with the source is over: what was not told to go is given up. */
  async conversationEnded(migrationIds: Iterable<string>): Promise<void> {
    for (const migrationId of migrationIds) {
      const incoming = this.#byMigration.get(migrationId)
      if (incoming !== undefined) await this.#giveUpUnlessGoing(migrationId, incoming)
    }
  }

  /** zonesd ends: what was not told to go is given up, and the rest written down. */
  async end(): Promise<void> {
    for (const [migrationId, incoming] of this.#byMigration) {
      await this.#giveUpUnlessGoing(migrationId, incoming).catch((error: Error) =>
        this.#host.log(`zone '${incoming.zone.name}': left to the next zonesd: ${error.message}`),
      )
    }
  }

  async #giveUpUnlessGoing(migrationId: string, incoming: IncomingZone): Promise<'none' | 'arrived'> {
    const { going } = incoming
    const hasGone =
      going !== undefined &&
      (await going.then(
        () => true,
        () => false,
      ))
    if (!hasGone) {
      await this.#giveUp(migrationId, incoming)
      return 'none'
    }
    // The source forgets the zone when it hears this, so it must be on disk by then.
    await this.#settle(migrationId, incoming)
    return 'arrived'
  }

  /** Arrivals that could not be written down, as on a full disk, are tried again: nobody may ever ask for them. */
  #settleLate(): void {
    for (const [migrationId, incoming] of this.#byMigration) {
      if (incoming.hasGone !== true || incoming.settling !== undefined) continue
      this.#settle(migrationId, incoming).catch(() => undefined)
    }
  }

  /** Writes the arrival down, once; if that fails, whoever asks next tries again. */
  async #settle(migrationId: string, incoming: IncomingZone): Promise<void> {
    incoming.hasGone = true
    incoming.settling ??= settleArrival(this.#host, incoming)
    try {
      await incoming.settling
    } catch (error) {
      incoming.settling = undefined
      if (incoming.hasToldFailure !== true) this.#host.log(notSettled(incoming, error))
      incoming.hasToldFailure = true
      incoming.zone.settleArrival = () => this.#settle(migrationId, incoming)
      throw error
    }
    this.#byMigration.delete(migrationId)
  }

  /**
   * A migration that was under way when this host went down: nothing of it runs, but it may have begun to.
   *
   * @throws ZoneError ARRIVAL_UNSETTLED
   */
  async #abandoned(name: string, migrationId: string, knowsOfLoss: boolean): Promise<IncomingStatus> {
    const journal = await readIncomingJournal(this.#host, name)
    if (journal?.migrationId !== migrationId) return fateOfForgotten(this.#host, migrationId, knowsOfLoss)
    const zone = this.#host.registry.find(name)
    // An earlier zonesd was killed before it had imported the configuration, so it had started no machine.
    if (zone === undefined) return 'none'
    // Also while what is left of one that has not run here cannot be removed yet.
    const hasNotRun = isAtRest(journal) || (zone.moving === 'migrating-in' && zone.lostFrom === undefined)
    // It may run here all the same: that could not be found out when zonesd started, or not be written down yet.
    if (!hasNotRun && zone.lostFrom === undefined) throw unsettled(zone)
    if (knowsOfLoss || hasNotRun) {
      await giveUpOrLater(this.#host, { zone, journal, key: undefined, held: zone.begin('recover') })
      await forgetLoss(this.#host.layout, migrationId)
    }
    return hasNotRun ? 'none' : 'lost'
  }

  /** Nothing of the migration is taken any more from now on; who comes second waits until it is gone. */
  async #giveUp(migrationId: string, incoming: IncomingZone): Promise<void> {
    incoming.isOver = true
    incoming.givingUp ??= this.#remove(migrationId, incoming)
    try {
      await incoming.givingUp
    } catch (error) {
      incoming.givingUp = undefined
      throw error
    }
    this.#byMigration.delete(migrationId)
  }

  async #remove(migrationId: string, incoming: IncomingZone): Promise<void> {
    // A machine that is being started can be ended only once it is there.
    await incoming.preparing
    const { layout } = this.#host
    const { name } = incoming.zone
    await Promise.all(
      [layout.kernel(name), layout.initrd(name)].map((path) => rm(`${path}.${migrationId}`, { force: true })),
    )
    await giveUpIncoming(this.#host, incoming)
  }

  async #endLeases(): Promise<void> {
    for (const [migrationId, incoming] of this.#byMigration) {
      // Looked at only now: while the one before it was ended, its source may have spoken, or told it to go.
      if (!isOverdue(incoming)) continue
      if (incoming.isOver !== true) {
        this.#host.log(`zone '${incoming.zone.name}': the source was not heard for ${leaseMs / 1000} s`)
      }
      await this.#giveUp(migrationId, incoming).catch((error: Error) =>
        this.#host.log(`zone '${incoming.zone.name}': cannot give it up: ${error.message}`),
      )
    }
  }

  /** @throws ZoneError NO_SUCH_MIGRATION: given up already, or never announced */
  #get(migrationId: string): IncomingZone {
    const incoming = this.#byMigration.get(migrationId)
    if (incoming === undefined || incoming.isOver) {
      const { name } = this.#host.identity
      throw new ZoneError(`${name} has given this migration up`, {
        code: 'NO_SUCH_MIGRATION',
        remedy: `Type the command again. Why it was given up is in the log of zonesd on ${name}`,
      })
    }
    incoming.heardAtMs = performance.now()
    return incoming
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

function unsettled({ name, reason }: Zone): ZoneError {
  const why = reason === undefined ? 'that it is here cannot be written down yet' : reason
  return new ZoneError(
    `zone '${name}': it is not known for certain yet whether it runs on the target: ${why}`,
    {
      code: 'ARRIVAL_UNSETTLED',
      remedy: `When what keeps the target from it is mended (its log says what: a full disk, a hypervisor that does not answer): zoneadm -z ${name} migrate --recover`,
    },
  )
}

/** The journal of a zone that was on its way here, if there is one. */
export async function readIncomingJournal(host: Host, zone: string): Promise<IncomingJournal | undefined> {
  const journal = await readRecord(journalPath(host.layout.zoneFolder(zone)), migrationJournal)
  return journal?.direction === 'in' ? journal : undefined
}

/**
 * What to do with a zone that was on its way here when zonesd ended. If it had begun to run, it has arrived, whether or
 * not it runs still. If not, the migration is given up. If the host went down nobody knows: the journal stays until the
 * source asks.
 */
export async function recoverIncoming(host: Host, journal: IncomingJournal): Promise<void> {
  const zone = host.registry.get(journal.zone)
  const fate = await fateOf(host, zone, journal)
  if (fate === 'lost') {
    zone.lostFrom = journal.source
    return
  }
  // The zonesd that placed the key may have been killed before it could remove it.
  const key = placedStreamKey(join(host.layout.runFolder, `${zone.name}.key`))
  // Not as a migration: none may begin while a part of the guest's memory is still on its way, and this one has to end then, too.
  const remains = { zone, journal, key, held: zone.begin('recover') }
  if (fate === 'none') return giveUpOrLater(host, remains).catch(() => undefined)
  await settleArrival(host, remains).catch((error: unknown) => {
    host.log(notSettled(remains, error))
    void settleLater(host, remains)
  })
}

/** It does not run, and what is written down of it says all. */
function isAtRest({ kind = 'live' }: IncomingJournal): boolean {
  return kind !== 'live'
}

/** States of a machine that has never run here. */
const neverRan: readonly string[] = ['inmigrate', 'paused', 'prelaunch']

/** How a migration to this host that was interrupted stands by what can be known here. */
export async function fateOf(host: Host, zone: Zone, journal: IncomingJournal): Promise<IncomingStatus> {
  if (zone.record.arrival === journal.migrationId) return 'arrived'
  if (isAtRest(journal)) return 'none'
  const mark = await readIncomingMark(host.layout, zone.name)
  if (zone.running === undefined) return mark === undefined ? 'lost' : mark === 'going' ? 'arrived' : 'none'
  const { status } = await zone.running.machine.qemu.qmp.execute('query-status', {}, { schema: statusSchema })
  return neverRan.includes(status) ? 'none' : 'arrived'
}
