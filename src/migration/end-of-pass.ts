import type { MemoryContents } from '../vm/memory-contents.ts'

/** What is known of a transfer when it is looked at. */
export interface Look {
  readonly status: string | undefined
  readonly remainingBytes: number
  readonly bytesPerSecond: number
  readonly pass: number
}

/** How far away the end of a pass is. */
export interface Left {
  /** Whether the guest is to be stopped for it. */
  readonly isNear: boolean
  /** For what is taken for data, in ms. */
  readonly dataMs: number
  /** From how much on it is near, in ms. */
  readonly nearMs: number
  /** Whether nothing but zeros is left, and not much of them: they go by at once if they are not held back. */
  readonly areZerosLast: boolean
  /** How soon it may be near, in ms. */
  readonly soonMs: number
  /** How fast data is sent while QEMU sends at all; undefined: that has not been measured yet. */
  readonly dataPerSecond: number | undefined
  /** What may be sent by then, in bytes; undefined: it is too far away to matter, or the stream keeps to a rate anyway. */
  readonly untilBytes: number | undefined
  /** So much at once that twice that is not the end yet. */
  readonly limitBytes: number
}

/**
 * With so long to send, about, the guest is stopped for the end of a pass. It may take until then that this is noticed: had QEMU
 * nothing left by then, it would not look but bring the transfer to its end.
 */
export const endOfPassMs = 60
/** The same where the stream keeps to a rate: QEMU sends what it may in 100 ms at once, and waits until they are over. */
export const endOfHeldPassMs = 120
/** The same where what was taken for data turns out to be zeros. */
const endOfZerosMs = 40
/** With so many zeros left behind the data the guest is stopped. */
export const endOfZerosBytes = 48 * 1024 ** 2
/** With so many the stream is held back: it gets through a few GiB of them a second, and the target does not. */
const heldZerosBytes = 256 * 1024 ** 2
/** On a busy host the looks are late, and so would the guest be stopped: it is stopped earlier there, up to this. */
const mostEndMs = 180
/** At its best rate QEMU could be there so soon: it is told how much it may send until it reckons again, in case that no look comes in between. */
const reachMs = 250
/** The same while that rate is not known. */
const leastReachBytes = 16 * 1024 ** 2
/** Of what may be sent until the end is near, at once: should that be noticed late, the same may be sent again. */
const oneShare = 0.7
/** A stream that was slow can be at its best for so long before that is noticed. */
const burstMs = 15
/** From one look to the next the memory of how late they are fades to this. */
const fading = 0.98
const lateTimes = 3
export const leastEndBytes = 2 * 1024 ** 2
/** How fast zeros may go by. */
const zerosPerSecond = 10e9
/** Over so long is measured how the data of a pass goes by. QEMU's rate can be that of a moment ago, when the guest stood still or the target was behind. */
const [leastMeasuredMs, measuredMs] = [30, 100]
/** Nothing is sent for so long now and then by a stream that gets on. */
const pauseMs = 20
/** Between two looks that are closer than that nothing can be measured. */
const leastWindowMs = 2

/** Tells how far away the end of a pass is, from one look at the transfer to the next. Pure but for what it remembers. */
export class EndOfPass {
  readonly #contents: MemoryContents | undefined
  /** How much data there is from each page of the sample on. */
  readonly #dataBytesFrom: readonly number[]
  #passedPerSecond = 0
  /** From one look to the next, at the longest of late. */
  #lookMs = 0
  #lookedAtMs: number | undefined
  /** Of this pass, since the rate last changed. */
  #seen: { readonly atMs: number; readonly dataBytes: number }[] = []
  /** When data was seen to be sent last. */
  #sentAtMs = 0
  #bestPerSecond = 0
  #keepsToRate = false
  #last: { readonly atMs: number; readonly pass: number; readonly remainingBytes: number } | undefined

  /** @param contents of the guest's memory, which the first pass sends from its beginning to its end; undefined: all is data */
  constructor(contents: MemoryContents | undefined) {
    this.#contents = contents
    const { memoryBytes, isData } = contents ?? { memoryBytes: 0, isData: [] }
    let bytes = 0
    this.#dataBytesFrom = isData
      .toReversed()
      .map((is) => (bytes += is ? memoryBytes / isData.length : 0))
      .toReversed()
  }

  /** To be called if the stream keeps to a rate that was given. */
  keepsToRate(): void {
    this.#keepsToRate = true
  }

  get #leastMs(): number {
    return this.#keepsToRate ? endOfHeldPassMs : endOfPassMs
  }

  /** @param isMistaken zeros went by in this pass, and there was data behind them */
  look({ pass, remainingBytes, bytesPerSecond }: Look, nowMs: number, isMistaken: boolean): Left {
    this.#lookMs = Math.max(fading * this.#lookMs, nowMs - (this.#lookedAtMs ?? nowMs))
    const nearMs = Math.min(mostEndMs, Math.max(this.#leastMs, lateTimes * this.#lookMs))
    const dataBytes = pass === 1 ? this.#dataOf(remainingBytes) : remainingBytes
    const zerosBytes = remainingBytes - dataBytes
    this.#measure(pass, remainingBytes, dataBytes, nowMs)
    this.#bestPerSecond = Math.max(this.#bestPerSecond, bytesPerSecond)
    const measured = this.#dataPerSecond()
    const dataPerSecond = measured ?? bytesPerSecond
    const dataMs = timeFor(dataBytes, dataPerSecond)
    const isInReach =
      !this.#keepsToRate && dataBytes <= Math.max(leastReachBytes, (this.#bestPerSecond * reachMs) / 1000)
    // How late a look is does not matter where QEMU is told how much it may send by then.
    const nearDataMs = this.#keepsToRate ? nearMs : this.#leastMs
    const endBytes = Math.max(
      leastEndBytes,
      (dataPerSecond * nearDataMs) / 1000,
      this.#keepsToRate ? 0 : (this.#bestPerSecond * burstMs) / 1000,
    )
    const isDataThrough = dataBytes <= endBytes
    // Pages that were changed can hold zeros, too.
    const isAllZeros = zerosBytes === 0 && this.#passedPerSecond > 2 * bytesPerSecond && !isMistaken
    const allZerosMs = isAllZeros ? timeFor(remainingBytes, this.#passedPerSecond) : never
    return {
      isNear:
        (isDataThrough && zerosBytes <= endOfZerosBytes) ||
        allZerosMs <= (endOfZerosMs * nearMs) / this.#leastMs,
      dataPerSecond: measured,
      dataMs,
      nearMs,
      areZerosLast: dataBytes === 0 && zerosBytes > 0 && zerosBytes <= heldZerosBytes,
      soonMs: Math.min(dataMs + timeFor(zerosBytes, zerosPerSecond), allZerosMs),
      untilBytes: isInReach && zerosBytes <= endOfZerosBytes ? Math.max(0, dataBytes - endBytes) : undefined,
      limitBytes: Math.max(0, Math.min(oneShare * (dataBytes - endBytes), (dataBytes - endBytes / 2) / 2)),
    }
  }

  /** To be called when all is done that a look has led to: that is not what the next one is late by. */
  looked(nowMs: number): void {
    this.#lookedAtMs = nowMs
  }

  /** To be called when the guest goes on, or the stream does: what was measured says nothing of the rate from now on. */
  rateChanges(): void {
    this.#seen = []
  }

  /** What goes by faster than QEMU has ever sent is not data. A rate that is kept to comes in bursts, and QEMU's is right. */
  #dataPerSecond(): number | undefined {
    if (this.#keepsToRate) return undefined
    const [first, last] = [this.#seen[0], this.#seen.at(-1)]
    if (first === undefined || last === undefined || last.atMs - first.atMs < leastMeasuredMs)
      return undefined
    const bytes = first.dataBytes - last.dataBytes
    return Math.min(this.#bestPerSecond, (1000 * bytes) / (last.atMs - first.atMs))
  }

  /** How much of what is left of the first pass is data. */
  #dataOf(remainingBytes: number): number {
    if (this.#contents === undefined) return remainingBytes
    const { memoryBytes, isData } = this.#contents
    const at = Math.floor((1 - remainingBytes / memoryBytes) * isData.length)
    return Math.min(remainingBytes, this.#dataBytesFrom[Math.max(0, at)] ?? 0)
  }

  /** How fast the pass gets on, with the pages that hold zeros alone: they take no bandwidth. */
  #measure(pass: number, remainingBytes: number, dataBytes: number, atMs: number): void {
    const last = this.#last
    if (last?.pass === pass && atMs - last.atMs < leastWindowMs) return
    this.#last = { atMs, pass, remainingBytes }
    const newest = this.#seen.at(-1)
    if (newest?.dataBytes !== dataBytes) this.#sentAtMs = atMs
    // While nothing is sent nothing can be measured.
    if (last?.pass !== pass || atMs - this.#sentAtMs > pauseMs) this.#seen = []
    this.#seen = [...this.#seen.filter((each) => each.atMs >= atMs - measuredMs), { atMs, dataBytes }]
    this.#passedPerSecond =
      last?.pass === pass
        ? Math.max(0, ((last.remainingBytes - remainingBytes) / (atMs - last.atMs)) * 1000)
        : 0
  }
}

const never = Number.POSITIVE_INFINITY

/** In ms; for ever at no rate. */
function timeFor(bytes: number, bytesPerSecond: number): number {
  if (bytes === 0) return 0
  return bytesPerSecond === 0 ? never : (1000 * bytes) / bytesPerSecond
}
