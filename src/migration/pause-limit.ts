import { defaultPauseMs } from './convergence.ts'

/** For how long a guest may stand still before it is better off where it is, in ms. */
export interface PauseLimit {
  /** What the operator allows, or what is aimed at. */
  readonly allowedMs: number
  /** Whether the operator has said so, who is promised to get it. */
  readonly isPromised: boolean
  /** At the end, and at the end of each pass of an emulated guest. */
  readonly endMs: number
  /** While an emulated guest waits for connection and handshake, which no allowance for memory foretells. */
  readonly setupMs: number
}

/** So much of a promised pause is kept for the word to the target, or for the guest to go on here. */
const lastWordMs = 50
/**
 * QEMU reckons with the memory alone, at the rate of its last 100 ms: not with the devices, what is on its way in buffers, and busy
 * hosts. Over 60 Mbit/s, 300 ms that were aimed at came to 425 to 507 ms.
 */
const graceMs = 500

/** @param maxPauseMs by the operator; undefined: nothing was said, and the usual pause is aimed at */
export function pauseLimit(maxPauseMs: number | undefined): PauseLimit {
  if (maxPauseMs === undefined) {
    const aim = { allowedMs: defaultPauseMs, isPromised: false }
    return { ...aim, endMs: defaultPauseMs + graceMs, setupMs: 2 * defaultPauseMs + 1_000 }
  }
  const mostMs = Math.max(maxPauseMs - lastWordMs, maxPauseMs / 2)
  return { allowedMs: maxPauseMs, isPromised: true, endMs: mostMs, setupMs: mostMs }
}
