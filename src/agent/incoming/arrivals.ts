import { appendFile, mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { type IncomingJournal, journalPath, migrationJournal } from '../../migration/journal.ts'
import type { IncomingStatus, PeerParams, PeerResult } from '../../migration/peer-api.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { readRecord } from '../zone-record.ts'
import { giveUpIncoming } from './give-up.ts'
import { goIncoming, settleArrival } from './go.ts'
import { readIncomingMark } from './incoming-mark.ts'
import { type IncomingZone, leaseMs } from './incoming-zone.ts'
import { prepareIncoming } from './prepare.ts'
import { reserveIncoming } from './reserve.ts'

const leaseCheckMs = 5_000

/** The zones on their way to this host. Each belongs to the conversation that announced it. */
export class Arrivals implements Disposable {
  readonly #host: Host
  readonly #byMigration = new Map<string, IncomingZone>()
  readonly #timer: NodeJS.Timeout

  constructor(host: Host) {
    this.#host = host
    this.#timer = setInterval(() => void this.#endLeases(), leaseCheckMs)
    this.#timer.unref()
  }

  async reserve(params: PeerParams<'peer/reserve'>): Promise<PeerResult<'peer/reserve'>> {
    const { incoming, answer } = await reserveIncoming(this.#host, params)
    this.#byMigration.set(params.migrationId, incoming)
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

  prepare(params: PeerParams<'peer/prepare'>, listenAddress: string): Promise<PeerResult<'peer/prepare'>> {
    return prepareIncoming(this.#host, this.#get(params.migrationId), params, listenAddress)
  }

  alive(migrationId: string): void {
    this.#get(migrationId)
  }

  async go(migrationId: string): Promise<PeerResult<'peer/go'>> {
    const { continuedAtMs } = await goIncoming(this.#host, this.#get(migrationId))
    this.#byMigration.delete(migrationId)
    return { afterwardsMs: performance.now() - continuedAtMs }
  }

  /** Gives a migration up unless the zone runs here by it; the answer is final. */
  async abort({ migrationId, zone: name }: PeerParams<'peer/abort'>): Promise<IncomingStatus> {
    const incoming = this.#byMigration.get(migrationId)
    if (incoming !== undefined && !incoming.going) {
      await this.#giveUp(migrationId, incoming)
      return 'none'
    }
    if (incoming !== undefined) return 'arrived'
    if (this.#host.registry.find(name)?.record.arrival === migrationId) return 'arrived'
    return this.#abandoned(name, migrationId)
  }

  /** A migration that was under way when this host went down: nothing of it runs, but it may have begun to. */
  async #abandoned(name: string, migrationId: string): Promise<IncomingStatus> {
    const journal = await readIncomingJournal(this.#host, name)
    if (journal?.migrationId !== migrationId) return 'none'
    const zone = this.#host.registry.get(name)
    await giveUpIncoming(this.#host, { zone, journal, key: undefined, held: zone.begin('migrate') })
    return 'lost'
  }

  /** The conversation with the source is over: what was not told to go is given up. */
  async conversationEnded(migrationIds: Iterable<string>): Promise<void> {
    for (const migrationId of migrationIds) {
      const incoming = this.#byMigration.get(migrationId)
      if (incoming !== undefined && !incoming.going) await this.#giveUp(migrationId, incoming)
    }
  }

  async #giveUp(migrationId: string, incoming: IncomingZone): Promise<void> {
    this.#byMigration.delete(migrationId)
    const { layout } = this.#host
    const { name } = incoming.zone
    await Promise.all(
      [layout.kernel(name), layout.initrd(name)].map((path) => rm(`${path}.${migrationId}`, { force: true })),
    )
    await giveUpIncoming(this.#host, incoming)
  }

  async #endLeases(): Promise<void> {
    const now = performance.now()
    const ended = [...this.#byMigration].filter(
      ([, { heardAtMs, going }]) => !going && now - heardAtMs > leaseMs,
    )
    for (const [migrationId, incoming] of ended) {
      this.#host.log(`zone '${incoming.zone.name}': the source was not heard for ${leaseMs / 1000} s`)
      await this.#giveUp(migrationId, incoming)
    }
  }

  /** @throws ZoneError NO_SUCH_MIGRATION: given up already, or never announced */
  #get(migrationId: string): IncomingZone {
    const incoming = this.#byMigration.get(migrationId)
    if (incoming === undefined) {
      throw new ZoneError('The target has given this migration up', { code: 'NO_SUCH_MIGRATION' })
    }
    incoming.heardAtMs = performance.now()
    return incoming
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
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
  if (fate === 'lost') return
  const remains = { zone, journal, key: undefined, held: zone.begin('migrate') }
  await (fate === 'arrived' ? settleArrival(host, remains) : giveUpIncoming(host, remains))
}

/** States of a machine that has never run here. */
const neverRan: readonly string[] = ['inmigrate', 'paused', 'prelaunch']

async function fateOf(host: Host, zone: Zone, journal: IncomingJournal): Promise<IncomingStatus> {
  if (zone.record.arrival === journal.migrationId) return 'arrived'
  const mark = await readIncomingMark(host.layout, zone.name)
  if (zone.running === undefined) return mark === undefined ? 'lost' : mark === 'going' ? 'arrived' : 'none'
  const { status } = await zone.running.machine.qemu.qmp.execute('query-status', {}, { schema: statusSchema })
  return neverRan.includes(status) ? 'none' : 'arrived'
}
