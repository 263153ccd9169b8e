import type { Kind, Report } from '../../compat/schema.ts'
import type { MigrationStatus, Progress } from '../progress.ts'
import type { Measured } from './measured.ts'

type Outgoing = Extract<MigrationStatus, { direction: 'out' }>

/** A migration from this host while it is under way, as far as it has told. */
export class UnderWay {
  readonly #about: Pick<Outgoing, 'kind' | 'target' | 'startedAt'>
  readonly #startMs: number
  #phase: string | null = null
  #isHandedOver = false
  #step: string | null = null
  #warnings: number | null = null
  #measured: Measured | undefined
  #transfer: Outgoing['transfer'] = null

  /** @param startMs when it was asked for, on the clock of `performance.now()` */
  constructor(kind: Kind, target: string, startMs: number = performance.now()) {
    this.#startMs = startMs
    this.#about = { kind, target, startedAt: new Date().toISOString() }
  }

  begin(phase: string): void {
    this.#phase = phase
    this.#isHandedOver ||= phase === 'hand-over'
  }

  /** Whether the target has been told, or is just being told, that the zone is its own: nothing is cancelled any more. */
  get isHandedOver(): boolean {
    return this.#isHandedOver
  }

  /** What is to be expected of it; undefined: nothing was measured. */
  expect(measured: Measured | undefined): void {
    this.#measured = measured
  }

  note(progress: Progress): void {
    if (progress.kind === 'line') this.#step = progress.text
    else if (progress.kind === 'report') this.#warnings = warningsOf(progress.report)
    else this.#transfer = progress
  }

  status(nowMs: number = performance.now()): Outgoing {
    return {
      direction: 'out',
      ...this.#about,
      elapsedMs: nowMs - this.#startMs,
      phase: this.#phase,
      step: this.#step,
      warnings: this.#warnings,
      forecast: this.#isHandedOver ? null : this.#forecast(nowMs),
      // What was sent last says nothing of the phases that follow.
      transfer: this.#phase === 'transfer' ? this.#transfer : null,
    }
  }

  #forecast(nowMs: number): Outgoing['forecast'] {
    if (this.#measured === undefined) return null
    const { forecast, atMs } = this.#measured
    return { ...forecast, agoMs: nowMs - atMs }
  }
}

function warningsOf({ findings }: Report): number {
  return findings.filter(({ verdict }) => verdict === 'warn').length
}
