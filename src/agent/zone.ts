import { Exit, ZoneError } from '../errors.ts'
import { remedyThen, systemError } from '../util/system-error.ts'
import type { ZoneConsole } from '../vm/console.ts'
import type { Machine } from '../vm/machine.ts'
import type { Measured } from './outgoing/measured.ts'
import type { UnderWay } from './outgoing/under-way.ts'
import type { MigrationStatus } from './progress.ts'
import { requireSettledMove, type UnsettledMove } from './unsettled-move.ts'
import type { RunRecord, ZoneRecord } from './zone-record.ts'

/** A zone's machine while it exists on this host. */
export interface RunningZone {
  /** Changes when its storage is moved. */
  machine: Machine
  /** Changes with a live reconfiguration. */
  record: RunRecord
  readonly console: ZoneConsole | undefined
  /** Set once its end has been noticed or asked for: the removal of all that is left. */
  ended?: Promise<void> | undefined
  /** Its guest stands still, since there is no room on its storage for what it writes: in words. */
  withoutRoom?: string | undefined
  /** By the last check that measured how it would move. */
  measured?: Measured
}

/** Something under way with a zone; there is never more than one. */
export interface ZoneOperation {
  readonly id: string
  readonly kind: string
  readonly controller: AbortController
}

/** A zone as its host's zonesd knows it. */
export class Zone {
  readonly name: string
  record: ZoneRecord
  running: RunningZone | undefined
  operation: ZoneOperation | undefined
  /** Its migration from this host, while that is asked for and has not ended. */
  underWay: UnderWay | undefined
  /** How far it is on its way here; holds while it is `migrating-in`. */
  arriving: (() => MigrationStatus) | undefined
  /**
   * Its guest goes on here, and a part of its memory is still on the host that it came from (post-copy): on its way, cut off,
   * or lost there.
   */
  filling: 'flows' | 'broken' | 'lost' | undefined
  /** Auxiliary state while it moves. */
  moving: 'migrating-in' | 'migrating-out' | undefined
  /**
   * While it is not known yet what runs of it here: zonesd has just started. Never rejects. What is promised on this host
   * is not known before, so nothing in it may ask for the host's stock or facts, which wait for it.
   */
  adopting: Promise<void> | undefined
  /** Storage that it is about to take: to which its own is being moved, or to which it is being attached. */
  claims: readonly string[] = []
  /** As long as it is there, nothing is done that would use the disks that the zone had before it. */
  unsettledMove: UnsettledMove | undefined
  /** A host from where it was coming when this one went down, and which has yet to say whose the zone is. */
  lostFrom: string | undefined
  /** It has come here, and that could not be written down: tries that again at once. It is held until then. */
  settleArrival: (() => Promise<void>) | undefined
  /** It could not be found out what runs of it here: why, and its record as it is on disk. It is out of use meanwhile. */
  distrusted:
    | { readonly error: unknown; readonly record: ZoneRecord; looking?: Promise<void> | undefined }
    | undefined
  /** The configuration file is missing although the zone is known. */
  configMissing = false

  constructor(name: string, record: ZoneRecord) {
    this.name = name
    this.record = record
  }

  get state(): string {
    if (this.adopting !== undefined) return 'unavailable'
    if (this.configMissing) return 'incomplete'
    if (this.running === undefined) return this.record.state
    // A guest that is on its way here does not run yet, and neither does one whose image is being loaded.
    const isReady = this.moving === 'migrating-in' || this.record.suspended?.phase === 'whole'
    return isReady ? 'ready' : 'running'
  }

  /** Why it is unavailable, incomplete or paused, or still suspending. */
  get reason(): string | undefined {
    if (this.adopting !== undefined) return 'zonesd has just started, and looks what runs of it'
    const isHeld = this.#isSuspending && this.operation === undefined
    const held = `its guest may stand still, since its suspension has not come to its end; to let it go on: zoneadm -z ${this.name} migrate --recover`
    return this.running?.withoutRoom ?? (isHeld ? held : this.record.reason)
  }

  get auxiliary(): string[] {
    return [
      ...(this.configMissing ? ['no-config'] : []),
      ...(this.isSuspended ? ['suspended'] : []),
      ...(this.#isSuspending ? ['suspending'] : []),
      ...(this.running?.withoutRoom === undefined ? [] : ['paused']),
      ...(this.#movement === undefined ? [] : [this.#movement]),
    ]
  }

  /** Its image is being written, or is given up: the guest stands still in its machine until that has ended. */
  get #isSuspending(): boolean {
    const { phase } = this.record.suspended ?? {}
    return this.running !== undefined && (phase === 'writing' || phase === 'abandoned')
  }

  get #movement(): string | undefined {
    return this.moving ?? (this.filling === undefined ? undefined : 'migrating-in')
  }

  /** Its guest is in an image, as far as is known, and goes on at the next boot. */
  get isSuspended(): boolean {
    const { suspended } = this.record
    return suspended !== undefined && suspended.phase !== 'abandoned' && this.running === undefined
  }

  /**
   * Runs one operation of this zone; while it lasts, every other is refused. A move that is not settled is settled first.
   *
   * @throws ZoneError ZONE_BUSY, MOVE_UNSETTLED
   */
  async exclusively<T>(
    kind: string,
    signal: AbortSignal,
    work: (operation: ZoneOperation) => Promise<T>,
  ): Promise<T> {
    using held = this.#hold(kind)
    // Without one the work begins at once.
    if (this.unsettledMove !== undefined) await this.unsettledMove.retry().catch(() => undefined)
    requireSettledMove(this.name, this.unsettledMove, kind)
    const { controller } = held
    const cancel = () => controller.abort(signal.reason)
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    const before = this.state
    try {
      return await work(held)
    } catch (error) {
      throw this.#explained(reasonOf(error, controller.signal), before)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  /**
   * Begins an operation that lasts until it is disposed.
   *
   * @throws ZoneError ZONE_BUSY; MIGRATION_UNSETTLED, if it is not known yet whether the zone is this host's; MOVE_UNSETTLED
   */
  begin(kind: string): ZoneOperation & Disposable {
    requireSettledMove(this.name, this.unsettledMove, kind)
    return this.#hold(kind)
  }

  #hold(kind: string): ZoneOperation & Disposable {
    if (this.settleArrival !== undefined) {
      throw new ZoneError(`zone '${this.name}': has come here, and that cannot be written down yet`, {
        code: 'ZONE_BUSY',
        remedy: `It is tried again by itself. To try now, and see what keeps it: zoneadm -z ${this.name} migrate --recover`,
      })
    }
    if (this.operation !== undefined) {
      throw new ZoneError(`zone '${this.name}': another operation is under way: ${this.operation.kind}`, {
        code: 'ZONE_BUSY',
        remedy: `Wait for its end, or ask it to end: zoneadm -z ${this.name} migrate --cancel`,
      })
    }
    if (this.lostFrom !== undefined && kind !== 'recover' && kind !== 'migrate') {
      throw new ZoneError(
        `zone '${this.name}': was on its way here from ${this.lostFrom} when this host went down; that host decides whose it is`,
        {
          code: 'MIGRATION_UNSETTLED',
          remedy: `On ${this.lostFrom}: zoneadm -z ${this.name} migrate --recover\nOnly if ${this.lostFrom} knows nothing of it any more, on this host: zoneadm -z ${this.name} migrate --recover -F`,
        },
      )
    }
    if (this.moving !== undefined && kind !== 'recover') {
      throw new ZoneError(`zone '${this.name}': an earlier migration is not settled yet`, {
        code: 'MIGRATION_UNSETTLED',
        remedy: `zoneadm -z ${this.name} migrate --recover`,
      })
    }
    if (this.filling !== undefined && ['migrate', 'suspend'].includes(kind)) {
      throw new ZoneError(
        `zone '${this.name}': a part of its memory is still on the host that it came from`,
        {
          code: 'ZONE_BUSY',
          remedy: `Wait until it is here: zoneadm -z ${this.name} migrate --status`,
        },
      )
    }
    const operation = { id: crypto.randomUUID(), kind, controller: new AbortController() }
    this.operation = operation
    const end = () => {
      if (this.operation === operation) this.operation = undefined
    }
    return { ...operation, [Symbol.dispose]: end }
  }

  /** A failure of the host itself says nothing of the zone: what became of it is added. */
  #explained(error: unknown, before: string): unknown {
    const first = error instanceof SuppressedError ? error.suppressed : error
    const failure = first instanceof ZoneError ? first : systemError(first)
    if (failure?.code !== 'HOST_FAILURE') return error
    const state = this.state === before ? `is ${before} as before` : `is ${this.state} now`
    const { message, code } = failure
    const isHeld = this.moving === 'migrating-out'
    const held = isHeld ? ', and is held here until its migration is settled' : ''
    const remedy = isHeld ? remedyThen(failure, `zoneadm -z ${this.name} migrate --recover`) : failure.remedy
    return new ZoneError(`${message}; zone '${this.name}' ${state}${held}`, {
      code,
      ...(remedy === undefined ? {} : { remedy }),
      cause: error,
    })
  }

  /** @throws ZoneError WRONG_STATE unless the zone is in one of the states */
  requireState(verb: string, states: readonly string[]): void {
    if (!states.includes(this.state)) throw this.#wrongState(verb, states)
  }

  /** @throws ZoneError WRONG_STATE */
  requireRunning(verb: string): RunningZone {
    if (this.running === undefined) throw this.#wrongState(verb, ['running'])
    return this.running
  }

  #wrongState(verb: string, states: readonly string[]): ZoneError {
    const { reason } = this.record
    const why = reason === undefined || this.running !== undefined ? '' : ` (${reason})`
    const remedy = this.#wayTo(verb, states)
    return new ZoneError(
      `zone '${this.name}': must be ${states.join(' or ')} before '${verb}', it is ${this.state}${why}`,
      { code: 'WRONG_STATE', ...(remedy === undefined ? {} : { remedy }) },
    )
  }

  /** What brings the zone into a state from which the verb works; undefined if there is nothing to be done. */
  #wayTo(verb: string, states: readonly string[]): string | undefined {
    const zoneadm = `zoneadm -z ${this.name}`
    if (['halt', 'shutdown'].includes(verb)) return undefined
    if (this.record.movedTo !== undefined && this.state === 'configured') {
      return `It is on the host where it went: ask ${this.record.movedTo}\nIf that host has died, this says how to take it over: ${zoneadm} attach`
    }
    switch (this.state) {
      case 'installed':
        return states.includes('running') ? `${zoneadm} boot` : undefined
      case 'configured':
        return `Install it (${zoneadm} install), or if its storage is filled already: ${zoneadm} attach`
      case 'incomplete':
        return `${zoneadm} uninstall`
      case 'unavailable':
        return `${zoneadm} attach`
      default:
        return `${zoneadm} shutdown`
    }
  }
}

/** What a stream or a timer throws when it is ended by a signal says only that it was; the signal says why. */
function reasonOf(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && error instanceof Error && error.name === 'AbortError' ? signal.reason : error
}

export function noSuchZone(name: string): ZoneError {
  if (name === 'global') {
    return new ZoneError("zone 'global' is this host itself", { code: 'NO_SUCH_ZONE' })
  }
  return new ZoneError(`zone '${name}': No such zone configured`, {
    code: 'NO_SUCH_ZONE',
    remedy: 'zoneadm list -cv shows the zones of this host',
    exit: Exit.failed,
  })
}
