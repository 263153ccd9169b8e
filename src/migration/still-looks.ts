import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { migrationSchema, statusSchema } from '../qmp/schemas.ts'
import type { MemoryContents } from '../vm/memory-contents.ts'
import { EndOfPass, endOfPassMs, type Left, type Look, leastEndBytes } from './end-of-pass.ts'
import { changedMs, type Ending, endsMs, fits, isLittle } from './ending.ts'
import { flushTlbs } from './flush-tlbs.ts'
import { HeldStream } from './held-stream.ts'
import { reckoningMs } from './reckonings.ts'
import { SlowedGuest } from './slowed-guest.ts'

/**
 * `waiting`: near the end of a pass, for the target to catch up and for QEMU to be about to reckon; `looking`: the guest is stopped
 * for that end; `resting`: QEMU has looked, and is not to send before it knows that it may not look again.
 */
type Stage = 'beginning' | 'passing' | 'waiting' | 'looking' | 'resting'

export interface StillOptions {
  /** How long the guest may stand still by now. */
  readonly pauseMs: () => number
  /** Undefined: it is not known. */
  readonly contents: MemoryContents | undefined
  /** How much of what was sent the target has not taken in yet; undefined: it is not known. */
  readonly behindBytes?: () => Promise<number | undefined>
  readonly now?: () => number
}

/** A target takes in so much at once. */
const leastBehindBytes = 8 * 1024
/** The guest is stopped by then, whatever the target is behind. */
const longestWaitMs = 10_000
/** So long before QEMU reckons the guest is stopped: that takes its time, too. */
export const leadMs = 25
/** QEMU is not waited for any longer. */
const longestForReckoningMs = 200
/** A guest that was stopped for the end of a pass which is so many times farther away goes on: there was data behind the zeros. */
const mistakenTimes = 4
const never = Number.POSITIVE_INFINITY
/** For what was changed by a guest that is slowed down. */
const restMs = 50
/**
 * The end of a pass can follow at once where a guest stands still because it is slowed down: QEMU sends on and looks, and all that
 * was changed is to be sent in the same pause.
 */
const endMs = leadMs + endOfPassMs + restMs + endsMs
/** The rest of the pause is for what was changed in the pass. */
const mostStillShare = 1 / 2
const measuringMs = 45
const leastStillMs = 50
/** How long a guest that is slowed down stands still at a time, if it may stand still for so long at the end. */
export const slowedStillMs = (pauseMs: number) => Math.max(leastStillMs, pauseMs - endMs)
/** How often the transfer is looked at: what seems to be data can turn out to be zeros, which are gone at once. */
const [leastLookMs, mostLookMs] = [5, 20]

/**
 * Lets an emulated guest stand still whenever QEMU looks at what it has changed, and lets it forget what was noted.
 *
 * A processor that QEMU emulates (TCG) notes that it has changed a page, and keeps in its TLB that it need not do so again.
 * QEMU's migration thread clears the notes, and in QEMU 7.2 the TLB goes on as it was: for as long as the processor uses the
 * page, what it writes there is never sent, and the guest goes on with old memory, crashes or worse. Where QEMU empties
 * the TLB, as later ones do, a processor that runs meanwhile can still slip through. So the guest is stopped for the first look, when the
 * stream begins, and at the end of each pass, and its TLBs are emptied; QEMU is kept from looking by itself by allowing it no pause in between. If the
 * end of a pass comes too quickly, QEMU stops the guest itself, and brings the transfer to its end. A guest that is to be
 * slowed down stands still in between, too.
 */
export class StillLooks {
  readonly #qmp: QmpConnection
  readonly #pauseMs: () => number
  readonly #stream: HeldStream
  readonly #endOfPass: EndOfPass
  readonly #slowed: SlowedGuest
  readonly #behindBytes: () => Promise<number | undefined>
  readonly #now: () => number
  #stage: Stage = 'beginning'
  #waitsForTarget = false
  #waitsSinceMs = 0
  /** Undefined: the guest runs. */
  #stillSinceMs: number | undefined
  /** What QEMU told last while the guest was being stopped; undefined: it sends on since. */
  #held: { readonly bytesPerSecond: number; readonly remainingBytes: number } | undefined
  /** QEMU may bring it to its end. */
  #mayEnd = false
  #stoppedForEndAtMs = 0
  /** For what was changed by then. */
  #dataMs = 0
  /** How long after it is stopped the guest can tell that the end of the pass is not near. */
  #mistakenAfterMs = never
  #stoppedInPass = 0
  #mistakenAtMs = never
  /** When it is known how fast QEMU sends while the guest stands still. */
  #measuredAtMs = never
  #mistakenInPass = 0
  /** As it was last measured. */
  #sentPerSecond = 0

  constructor(
    qmp: QmpConnection,
    { pauseMs, contents, behindBytes = async () => undefined, now = () => performance.now() }: StillOptions,
  ) {
    this.#qmp = qmp
    this.#pauseMs = pauseMs
    this.#stream = new HeldStream(qmp, now)
    this.#endOfPass = new EndOfPass(contents)
    this.#slowed = new SlowedGuest(() => slowedStillMs(pauseMs()))
    this.#behindBytes = behindBytes
    this.#now = now
  }

  /** To be called before the transfer begins. */
  async begin(): Promise<void> {
    if (await this.#stream.begin()) this.#endOfPass.keepsToRate()
    await this.#stop()
  }

  /** By how much the guest is slowed down, in percent of its time. */
  get throttlePercent(): number {
    return this.#slowed.percent
  }

  /** Whether it cannot be slowed down further. */
  get isSlowedMost(): boolean {
    return this.#slowed.isAtMost
  }

  /** How the transfer comes to its end, if it does now; undefined: QEMU does that by itself. */
  get ending(): Ending | undefined {
    if (this.#stage !== 'looking') return undefined
    return { stoppedAtMs: this.#stoppedForEndAtMs, dataMs: this.#mayEnd ? this.#dataMs : 0 }
  }

  /** From now on the guest is slowed down, more with each pass, up to this share of its time. */
  slowDown(mostPercent: number): void {
    this.#slowed.slowDown(mostPercent)
  }

  /**
   * To be called with each look at a transfer that is not over.
   *
   * @returns how soon it is to be called again, in ms
   * @throws ZoneError TRANSFER_FAILED: the guest goes on here, and what was sent is worth nothing
   */
  async step(look: Look): Promise<number> {
    if (look.status !== 'active') return leastLookMs
    const nextMs = await this.#act(look)
    this.#endOfPass.looked(this.#now())
    return nextMs
  }

  async #act(seen: Look): Promise<number> {
    const { pass } = seen
    this.#stream.look(seen)
    // What QEMU tells is the rate of a stream that is held back now and then.
    const bytesPerSecond = Math.max(seen.bytesPerSecond, this.#sentPerSecond)
    const look = { ...seen, bytesPerSecond }
    const left = this.#endOfPass.look(look, this.#now(), pass === this.#mistakenInPass)
    this.#sentPerSecond = left.dataPerSecond ?? this.#sentPerSecond
    switch (this.#stage) {
      case 'beginning':
        this.#stoppedInPass = pass
        await this.#goOnLookedAt()
        await this.#stream.sendFreely()
        break
      case 'passing':
        await this.#stream.sendOnIfKnown()
        if (left.isNear || (await this.#stream.isAtLimit(left, look))) {
          await this.#waitForEnd(left, seen)
          break
        }
        await this.#stream.holdZeros(left.areZerosLast)
        await this.#keepSlow()
        break
      case 'waiting':
        await this.#stopUnlessWaiting(seen)
        break
      case 'looking':
        if (this.#mayEnd) break
        if (pass === this.#stoppedInPass) {
          await this.#sendOn(seen)
          if (!this.#isMistaken(left, seen)) break
          this.#mistakenInPass = pass
        } else {
          this.#stoppedInPass = pass
          if (isLittle(look) || fits(look, this.#stillMs, this.#pauseMs())) {
            this.#mayEnd = true
            this.#dataMs = changedMs(look)
            await this.#stream.letEnd(this.#pauseMs())
            break
          }
          this.#slowed.slowDownFurther()
        }
        await this.#stream.forbidLooks()
        this.#stage = 'resting'
        break
      case 'resting':
        if (!this.#stream.mayRun(seen)) break
        await this.#goOnLookedAt()
        this.#stream.sendOnWhenKnown()
        break
    }
    if (this.#stage !== 'passing' || this.#stream.isWatched) return leastLookMs
    const turnMs = this.#slowed.next(this.#now())?.inMs ?? never
    return Math.min(mostLookMs, Math.max(leastLookMs, left.soonMs / 4), Math.max(1, turnMs))
  }

  /**
   * Once QEMU has noticed that it may hardly send anything: then it waits until it reckons, with what a guest that stands
   * still allows it, and looks at the end of the pass. Else it could be there before.
   */
  async #sendOn({ remainingBytes, bytesPerSecond }: Look): Promise<void> {
    if (this.#held === undefined) return
    const waits = this.#held.remainingBytes === remainingBytes || this.#held.bytesPerSecond !== bytesPerSecond
    this.#held = { remainingBytes, bytesPerSecond }
    if (!waits && this.#stillMs < reckoningMs) return
    await this.#letLook()
  }

  async #letLook(): Promise<void> {
    this.#held = undefined
    await this.#stream.letLook()
    this.#endOfPass.rateChanges()
    this.#mistakenAtMs = this.#now() + this.#mistakenAfterMs
    this.#measuredAtMs = this.#now() + leadMs + measuringMs
  }

  get #stillMs(): number {
    return this.#now() - (this.#stillSinceMs ?? this.#now())
  }

  /** Whether the end of the pass, for which the guest stands still, turns out to be far away. */
  #isMistaken({ dataMs, nearMs }: Left, { pass, remainingBytes }: Look): boolean {
    const now = this.#now()
    if (remainingBytes <= leastEndBytes) return false
    const wereZeros = pass !== this.#mistakenInPass && now >= this.#mistakenAtMs
    if (wereZeros && dataMs >= mistakenTimes * nearMs) return true
    return now >= this.#measuredAtMs && this.#stillMs + dataMs > this.#pauseMs() * mostStillShare
  }

  async #waitForEnd({ isNear, dataMs, nearMs }: Left, look: Look): Promise<void> {
    // Data the target takes in as fast as it comes.
    this.#waitsForTarget = look.pass === 1 || (isNear ? dataMs > nearMs : this.#stream.isStuck)
    // The storage may take its time, too, to be told all that the guest has written.
    await this.#stream.holdBack()
    this.#waitsSinceMs = this.#now()
    this.#mistakenAfterMs = dataMs > nearMs ? nearMs : never
    this.#stage = 'waiting'
    await this.#stopUnlessWaiting(look)
  }

  async #stopUnlessWaiting(look: Look): Promise<void> {
    await ((await this.#mustWait(look.remainingBytes)) ? this.#keepSlow() : this.#stopForEnd(look))
  }

  /**
   * What the target has still to take in would be a part of the pause, and what QEMU waits until it sends on as well: the guest runs
   * meanwhile.
   */
  async #mustWait(remainingBytes: number): Promise<boolean> {
    if (remainingBytes <= leastEndBytes) return false
    const forMs = this.#now() - this.#waitsSinceMs
    if (this.#waitsForTarget) {
      if (forMs < longestWaitMs && ((await this.#behindBytes()) ?? 0) > leastBehindBytes) return true
      this.#waitsForTarget = false
      this.#waitsSinceMs = this.#now()
    } else if (forMs >= longestForReckoningMs) return false
    return !this.#stream.isWaiting || (this.#stream.reckonsInMs ?? never) > leadMs
  }

  async #stopForEnd({ pass, remainingBytes, bytesPerSecond }: Look): Promise<void> {
    this.#stoppedForEndAtMs = this.#now()
    await this.#stop()
    this.#stoppedInPass = pass
    this.#mistakenAtMs = never
    this.#measuredAtMs = never
    this.#stage = 'looking'
    if (this.#stream.isWaiting) return this.#letLook()
    await this.#stream.letLookLater()
    this.#held = { remainingBytes, bytesPerSecond }
  }

  /** Lets a guest that is slowed down run and stand still by turns. */
  async #keepSlow(): Promise<void> {
    const turn = this.#slowed.next(this.#now())
    if (turn === undefined || turn.inMs > 0) return
    await (turn.isToRun ? this.#goOn(this.#stage) : this.#stop())
  }

  async #stop(): Promise<void> {
    this.#stillSinceMs ??= this.#now()
    await this.#qmp.execute('stop')
    this.#slowed.noteRunning(false, this.#now())
  }

  /** QEMU has looked since the guest was stopped: from now on each page that is written to has to be noted again. */
  async #goOnLookedAt(): Promise<void> {
    await flushTlbs(this.#qmp)
    this.#endOfPass.rateChanges()
    await this.#goOn('passing')
  }

  async #goOn(stage: Stage): Promise<void> {
    try {
      await this.#qmp.execute('cont')
    } catch (error) {
      if (!(error instanceof QmpError)) throw error
      // All was sent meanwhile, and QEMU brings the transfer to its end.
      this.#stage = 'looking'
      return
    }
    this.#stage = stage
    this.#stillSinceMs = undefined
    this.#mayEnd = false
    this.#slowed.noteRunning(true, this.#now())
    const { status } = await this.#qmp.execute('query-migrate', {}, { schema: migrationSchema })
    if (status !== 'completed') return
    const { running } = await this.#qmp.execute('query-status', {}, { schema: statusSchema })
    if (!running) return
    throw new ZoneError('The transfer ended while the guest went on; the zone goes on running here', {
      code: 'TRANSFER_FAILED',
      remedy: 'Try again',
    })
  }
}
