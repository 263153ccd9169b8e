import type { QmpConnection } from '../qmp/connection.ts'
import { migrationParametersSchema } from '../qmp/schemas.ts'
import { type Left, type Look, leastEndBytes } from './end-of-pass.ts'
import { everyMs, Reckonings, reckoningMs } from './reckonings.ts'
import { unlimitedBytesPerSecond } from './stream-settings.ts'

/** Zeros are held back to that: a page of them takes nine bytes, so that they go by at half a GiB a second. */
const zerosBytesPerSecond = 1024 ** 2
/** Hardly anything: so much that QEMU still looks at the end of the pass, and little enough for zeros not to end it. */
const waitingBytesPerSecond = 64 * 1024
/** Zeros are not held back for any longer. */
const longestHoldMs = 1_000
/**
 * What QEMU is allowed until it is known how much was changed: more than the nothing by which it would not look, and so little that
 * it does not bring the transfer to its end by itself.
 */
const glanceMs = 20
const glanceMarginTimes = 2
/** So soon before it reckons it may send on. */
const aheadMs = 10
/** A pass that is no farther from where the guest is stopped than that, as a time at the rate of the stream, is there. */
const slackMs = 20
const never = Number.POSITIVE_INFINITY

/**
 * How much QEMU may send, and whether it may look at what was changed. Both take effect when it reckons (see `Reckonings`), and so
 * does what this tells of it.
 */
export class HeldStream {
  readonly #qmp: QmpConnection
  readonly #now: () => number
  readonly #reckonings = new Reckonings()
  #mostBytesPerSecond = 0
  /** It may send no more than to near the end of the pass until it reckons. */
  #isLimited = false
  /** What was left when it was told so last, and when that was. */
  #limitedBytes = 0
  #limitedAtMs = 0
  /** The guest runs, and QEMU is to know that it may not look before it sends on. */
  #isToSendOn = false
  /** Undefined: zeros are not held back. */
  #zerosSinceMs: number | undefined
  #areZerosHeldEnough = false

  constructor(qmp: QmpConnection, now: () => number) {
    this.#qmp = qmp
    this.#now = now
  }

  /**
   * To be called before the transfer begins: not much is sent before the guest goes on, since a small guest would be over there
   * by then.
   *
   * @returns whether the operator has given a rate to keep to
   */
  async begin(): Promise<boolean> {
    const schema = migrationParametersSchema
    const { 'max-bandwidth': most = 0 } = await this.#qmp.execute('query-migrate-parameters', {}, { schema })
    this.#mostBytesPerSecond = most
    await this.#set({ 'downtime-limit': 0, 'max-bandwidth': zerosBytesPerSecond })
    return most < unlimitedBytesPerSecond
  }

  /** To be called with each look. */
  look(look: Look): void {
    this.#reckonings.look(look, this.#now())
  }

  /** Whether it is to be looked at often. */
  get isWatched(): boolean {
    return this.#isLimited || this.#isToSendOn
  }

  /** Whether QEMU sends nothing. */
  get isWaiting(): boolean {
    return this.#reckonings.isWaiting
  }

  /** Whether it waits for longer than its rate would make it: the target takes nothing. */
  get isStuck(): boolean {
    return this.#reckonings.waitsForMs(this.#now()) > reckoningMs
  }

  /** How soon it reckons, in ms; undefined: it is not known. */
  get reckonsInMs(): number | undefined {
    return this.#reckonings.nextInMs(this.#now())
  }

  /** Hardly anything is sent from now on. */
  async holdBack(): Promise<void> {
    this.#isLimited = false
    this.#isToSendOn = false
    this.#zerosSinceMs = undefined
    await this.#set({ 'max-bandwidth': waitingBytesPerSecond })
    this.#reckonings.told(this.#now())
  }

  /** It sends on once it has reckoned, and looks when all is sent. For a guest that stands still. */
  async letLook(): Promise<void> {
    await this.#set({ 'downtime-limit': glanceMs, ...this.#fullRate })
  }

  /** It looks when all is sent, and sends as slowly as before. */
  async letLookLater(): Promise<void> {
    await this.#set({ 'downtime-limit': glanceMs })
  }

  /** It brings the transfer to its end, if that fits into so long. */
  async letEnd(pauseMs: number): Promise<void> {
    await this.#set({ 'downtime-limit': pauseMs, ...this.#fullRate })
  }

  /** From when it next reckons on it does not look. Hardly anything is sent until `sendOnIfKnown()`. */
  async forbidLooks(): Promise<void> {
    await this.#set({ 'downtime-limit': 0 })
    await this.holdBack()
  }

  /** Whether the guest may run after that: QEMU knows, or sends nothing, and has more left than what it would look at. */
  mayRun({ remainingBytes, bytesPerSecond }: Look): boolean {
    if (!this.#reckonings.isPending(this.#now())) return true
    const glanceBytes = (glanceMarginTimes * glanceMs * bytesPerSecond) / 1000
    return this.#reckonings.isWaiting && remainingBytes > leastEndBytes + glanceBytes
  }

  /** The guest runs: it may send on as soon as it knows that it may not look. */
  sendOnWhenKnown(): void {
    this.#isToSendOn = true
  }

  /** To be called with each look while the guest runs. Were QEMU told only when it knows, it would wait once more. */
  async sendOnIfKnown(): Promise<void> {
    const now = this.#now()
    const isSoon = (this.#reckonings.nextInMs(now) ?? never) <= aheadMs
    if (!this.#isToSendOn || (this.#reckonings.isPending(now) && !isSoon)) return
    this.#isToSendOn = false
    await this.#set(this.#fullRate)
    this.#reckonings.told(now)
  }

  /** As fast as it may. */
  async sendFreely(): Promise<void> {
    await this.#set(this.#fullRate)
  }

  /**
   * Near the end of a pass QEMU is told how much it may send until it reckons: the next look at it may be late, and it be faster than
   * it was.
   *
   * @returns whether it has sent that and waits, or waits for the target
   */
  async isAtLimit(
    { untilBytes, limitBytes }: Pick<Left, 'untilBytes' | 'limitBytes'>,
    { remainingBytes, bytesPerSecond }: Look,
  ): Promise<boolean> {
    if (untilBytes === undefined || this.#zerosSinceMs !== undefined || this.#isToSendOn) return false
    const isClose = this.isWaiting && (1000 * untilBytes) / bytesPerSecond < slackMs
    // It may have waited since before it was told.
    const leastMs = remainingBytes < this.#limitedBytes ? slackMs : reckoningMs + slackMs
    if (this.#isLimited && (isClose || this.#reckonings.waitsForMs(this.#now()) > leastMs)) return true
    const isOld = this.#now() - this.#limitedAtMs >= everyMs
    if (this.#isLimited && !this.#reckonings.hasReckoned && !isOld) return false
    this.#isLimited = true
    this.#limitedBytes = remainingBytes
    this.#limitedAtMs = this.#now()
    // What it sends before it reckons does not count.
    const share = this.#reckonings.hasReckoned ? 1 : 2
    const limit = Math.max(bytesPerSecond / 10, (1000 * limitBytes) / everyMs / share)
    await this.#set({ 'max-bandwidth': Math.min(this.#mostBytesPerSecond, Math.ceil(limit)) })
    return false
  }

  /** Holds zeros back, for so long only: the guest may have written there. */
  async holdZeros(areZerosLast: boolean): Promise<void> {
    if (this.#zerosSinceMs === undefined) {
      if (!areZerosLast || this.#areZerosHeldEnough) return
      this.#zerosSinceMs = this.#now()
      await this.#set({ 'max-bandwidth': zerosBytesPerSecond })
    } else if (this.#now() - this.#zerosSinceMs > longestHoldMs) {
      this.#zerosSinceMs = undefined
      this.#areZerosHeldEnough = true
      await this.#set(this.#fullRate)
    }
  }

  get #fullRate() {
    return { 'max-bandwidth': this.#mostBytesPerSecond }
  }

  #set(parameters: { readonly 'downtime-limit'?: number; readonly 'max-bandwidth'?: number }) {
    return this.#qmp.execute('migrate-set-parameters', parameters)
  }
}
