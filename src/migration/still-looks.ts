import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { migrationParametersSchema, migrationSchema, statusSchema } from '../qmp/schemas.ts'

/** What is known of a transfer when it is looked at. */
export interface Look {
  readonly status: string | undefined
  readonly remainingBytes: number
  readonly bytesPerSecond: number
  readonly pass: number
  /** Of all passes, without pages that hold nothing but zeros: those are passed over quickly. */
  readonly sentBytes: number
}

export interface StillOptions {
  /** How long the guest may stand still by now. */
  readonly pauseMs: () => number
  /** Memory of the guest that does not hold zeros alone, as far as is known. */
  readonly usedBytes: number
  readonly now?: () => number
}

const firstBytesPerSecond = 1024 ** 2
/**
 * With so long to send, about, the guest is stopped for the end of a pass. QEMU reckons ten times a second how much may be left
 * for the pause that is allowed: if it had nothing left by then, it would not look but bring the transfer to its end.
 */
export const endOfPassMs = 120
/** The same where pages of zeros go by: that there is no data behind them is only a guess. */
const endOfZerosMs = 40
/** A guest that was stopped for the end of a pass which is so far away goes on: there was data behind the zeros. */
const longestMistakeMs = 4 * endOfPassMs
const never = Number.POSITIVE_INFINITY
export const leastEndBytes = 2 * 1024 ** 2
/** When the guest goes on, QEMU must have more to send for so long than fits into the pause that was allowed before. */
export const reckonMs = 200

/**
 * Lets an emulated guest stand still whenever QEMU looks at what it has changed.
 *
 * A processor that QEMU emulates (TCG) notes that it has changed a page, and writes; QEMU's migration thread meanwhile clears the
 * notes. If the host takes the processor's thread off its CPU between the two, QEMU 7.2 to 10 believe the page to be clean as
 * long as the processor uses it, and never send what it writes there: the guest goes on with old memory, and
 * crashes or worse. While the guest stands still nothing of that can happen. So it is stopped for the first look, when the
 * stream begins, and at the end of each pass; QEMU is kept from looking by itself by allowing it no pause in between. If the
 * end of a pass comes too quickly, QEMU stops the guest itself, and brings the transfer to its end.
 */
export class StillLooks {
  readonly #qmp: QmpConnection
  readonly #pauseMs: () => number
  readonly #usedBytes: number
  readonly #now: () => number
  #last: { readonly atMs: number; readonly pass: number; readonly remainingBytes: number } | undefined
  #stage: 'beginning' | 'passing' | 'looking' = 'beginning'
  #stoppedInPass = 0
  #mistakenAtMs = never
  #mistakenInPass = 0
  #mostBytesPerSecond: number | undefined

  constructor(qmp: QmpConnection, { pauseMs, usedBytes, now = () => performance.now() }: StillOptions) {
    this.#qmp = qmp
    this.#pauseMs = pauseMs
    this.#usedBytes = usedBytes
    this.#now = now
  }

  /** To be called before the transfer begins. */
  async begin(): Promise<void> {
    const { 'max-bandwidth': most } = await this.#qmp.execute(
      'query-migrate-parameters',
      {},
      { schema: migrationParametersSchema },
    )
    this.#mostBytesPerSecond = most
    // Not much is sent before the guest goes on: a small guest would be over there by then.
    await this.#set({ 'downtime-limit': 0, 'max-bandwidth': firstBytesPerSecond })
    await this.#qmp.execute('stop')
  }

  /**
   * To be called with each look at a transfer that is not over.
   *
   * @returns how soon it is to be called again, in ms
   * @throws ZoneError TRANSFER_FAILED: the guest goes on here, and what was sent is worth nothing
   */
  async step({ status, remainingBytes, bytesPerSecond, pass, sentBytes }: Look): Promise<number> {
    if (status !== 'active') return this.#soon(0)
    const leftBytes =
      pass === 1 ? Math.min(remainingBytes, Math.max(0, this.#usedBytes - sentBytes)) : remainingBytes
    const passedPerSecond = this.#passedPerSecond(pass, remainingBytes)
    const dataMs = timeFor(leftBytes, bytesPerSecond)
    // Less is in use than was thought where pages of zeros go by that were taken for data.
    const isAllData = leftBytes === remainingBytes && pass !== this.#mistakenInPass
    const zerosMs =
      isAllData && passedPerSecond > 2 * bytesPerSecond ? timeFor(remainingBytes, passedPerSecond) : never
    const leftMs = Math.min(dataMs, zerosMs)
    switch (this.#stage) {
      case 'beginning':
        this.#stoppedInPass = pass
        await this.#goOn()
        await this.#set({ 'max-bandwidth': this.#mostBytesPerSecond ?? 0 })
        break
      case 'passing':
        if (leftBytes > leastEndBytes && dataMs > endOfPassMs && zerosMs > endOfZerosMs) break
        await this.#qmp.execute('stop')
        await this.#set({ 'downtime-limit': this.#pauseMs() })
        this.#stoppedInPass = pass
        this.#mistakenAtMs = dataMs > endOfPassMs ? this.#now() + endOfPassMs : never
        this.#stage = 'looking'
        break
      case 'looking':
        if (pass === this.#stoppedInPass) {
          if (this.#now() < this.#mistakenAtMs || dataMs < longestMistakeMs) break
          this.#mistakenInPass = pass
          await this.#set({ 'downtime-limit': 0 })
          await this.#goOn()
          break
        }
        this.#stoppedInPass = pass
        // Otherwise QEMU brings it to its end, with the guest as it is.
        if (remainingBytes <= (bytesPerSecond * (this.#pauseMs() + reckonMs)) / 1000) break
        await this.#set({ 'downtime-limit': 0 })
        await this.#goOn()
        break
    }
    return this.#soon(leftMs)
  }

  /** How fast a pass gets on, with the pages that hold zeros alone: they take no bandwidth, and are gone at once. */
  #passedPerSecond(pass: number, remainingBytes: number): number {
    const atMs = this.#now()
    const last = this.#last
    this.#last = { atMs, pass, remainingBytes }
    if (last?.pass !== pass || atMs === last.atMs) return 0
    return Math.max(0, ((last.remainingBytes - remainingBytes) / (atMs - last.atMs)) * 1000)
  }

  async #goOn(): Promise<void> {
    try {
      await this.#qmp.execute('cont')
    } catch (error) {
      if (!(error instanceof QmpError)) throw error
      // All was sent meanwhile, and QEMU brings the transfer to its end.
      this.#stage = 'looking'
      return
    }
    this.#stage = 'passing'
    const { status } = await this.#qmp.execute('query-migrate', {}, { schema: migrationSchema })
    if (status !== 'completed') return
    const { running } = await this.#qmp.execute('query-status', {}, { schema: statusSchema })
    if (!running) return
    throw new ZoneError('The transfer ended while the guest went on; the zone goes on running here', {
      code: 'TRANSFER_FAILED',
      remedy: 'Try again',
    })
  }

  #set(parameters: { readonly 'downtime-limit'?: number; readonly 'max-bandwidth'?: number }) {
    return this.#qmp.execute('migrate-set-parameters', parameters)
  }

  #soon(leftMs: number): number {
    if (this.#stage !== 'passing' || leftMs === never) return 5
    return Math.min(100, Math.max(5, leftMs / 4))
  }
}

/** In ms; for ever at no rate. */
function timeFor(bytes: number, bytesPerSecond: number): number {
  return bytesPerSecond === 0 ? never : (1000 * bytes) / bytesPerSecond
}
