import { Exit, ZoneError } from '../errors.ts'
import type { ZoneConsole } from '../vm/console.ts'
import type { Machine } from '../vm/machine.ts'
import type { RunRecord, ZoneRecord } from './zone-record.ts'

/** A zone's machine while it exists on this host. */
export interface RunningZone {
  readonly machine: Machine
  /** Changes with a live reconfiguration. */
  record: RunRecord
  readonly console: ZoneConsole | undefined
  /** Set once its end has been noticed or asked for: the removal of all that is left. */
  ended?: Promise<void> | undefined
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
  /** Auxiliary state while it moves. */
  moving: 'migrating-in' | 'migrating-out' | undefined
  /** The configuration file is missing although the zone is known. */
  configMissing = false

  constructor(name: string, record: ZoneRecord) {
    this.name = name
    this.record = record
  }

  get state(): string {
    if (this.configMissing) return 'incomplete'
    if (this.running === undefined) return this.record.state
    // A guest that is on its way here does not run yet.
    return this.moving === 'migrating-in' ? 'ready' : 'running'
  }

  get auxiliary(): string[] {
    return [...(this.configMissing ? ['no-config'] : []), ...(this.moving === undefined ? [] : [this.moving])]
  }

  /**
   * Runs one operation of this zone; while it lasts, every other is refused.
   *
   * @throws ZoneError ZONE_BUSY
   */
  async exclusively<T>(
    kind: string,
    signal: AbortSignal,
    work: (operation: ZoneOperation) => Promise<T>,
  ): Promise<T> {
    using held = this.begin(kind)
    const { controller } = held
    const cancel = () => controller.abort(signal.reason)
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      return await work(held)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  /**
   * Begins an operation that lasts until it is disposed.
   *
   * @throws ZoneError ZONE_BUSY; MIGRATION_UNSETTLED, if it is not known yet whether the zone is this host's
   */
  begin(kind: string): ZoneOperation & Disposable {
    if (this.operation !== undefined) {
      throw new ZoneError(`zone '${this.name}': another operation is under way: ${this.operation.kind}`, {
        code: 'ZONE_BUSY',
        remedy: `Wait for its end, or ask it to end: zoneadm -z ${this.name} migrate --cancel`,
      })
    }
    if (this.moving === 'migrating-out' && kind !== 'recover') {
      throw new ZoneError(`zone '${this.name}': an earlier migration is not settled yet`, {
        code: 'MIGRATION_UNSETTLED',
        remedy: `zoneadm -z ${this.name} migrate --recover`,
      })
    }
    const operation = { id: crypto.randomUUID(), kind, controller: new AbortController() }
    this.operation = operation
    const end = () => {
      if (this.operation === operation) this.operation = undefined
    }
    return { ...operation, [Symbol.dispose]: end }
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
      return `It is on the host where it went: ask ${this.record.movedTo}`
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
