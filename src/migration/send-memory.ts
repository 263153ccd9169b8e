import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpTimeoutError } from '../qmp/qmp-errors.ts'
import { statusSchema } from '../qmp/schemas.ts'
import { holdForTest } from '../util/test-hold.ts'
import type { MemoryContents } from '../vm/memory-contents.ts'
import { type Convergence, defaultPauseMs, type Measure } from './convergence.ts'
import { cutWay } from './cut-way.ts'
import type { Ending } from './ending.ts'
import { type MemoryProgress, progressOf } from './memory-progress.ts'
import type { PauseLimit } from './pause-limit.ts'
import { StillLooks } from './still-looks.ts'
import { slowGuestDown } from './stream-settings.ts'
import { migrationState, silenceMs, switchBroken } from './take-back.ts'

export interface SendingOptions {
  readonly onProgress?: (progress: MemoryProgress) => void
  /** Watches whether the guest changes less than is sent. */
  readonly convergence?: Convergence
  /** Without it the guest may stand still as long as it takes. */
  readonly limit?: PauseLimit
  /** Where measures are told. */
  readonly line?: (text: string) => void
  /** Whether the guest's processors are emulated: it is stopped whenever QEMU looks at what it has changed. */
  readonly isEmulated?: boolean
  /** What is in its memory, for that; undefined: it is not known. */
  readonly contents?: MemoryContents | undefined
  /** How much of what was sent the target has not taken in yet, for that; undefined: it is not known. */
  readonly behindBytes?: () => Promise<number | undefined>
}

export interface MemorySent {
  /** Whether the target has all of it; if not, the guest goes on there by post-copy. */
  readonly isComplete: boolean
  /** When the guest was stopped, on the clock of `performance.now()`. */
  readonly stoppedAtMs: number
  /** The longest that it stood still before that and went on again, as an emulated guest does at the end of each pass. */
  readonly longestStopMs: number
  /** Absent: the guest is not emulated, or QEMU has ended the transfer by itself. */
  readonly ending?: Ending
  /** Null: QEMU does not tell it, as of a guest that goes on by post-copy. */
  readonly qemuDowntimeMs: number | null
  readonly transferredBytes: number
}

const progressIntervalMs = 100
/** From the request to the first byte: connection and TLS handshake. */
const setupTimeoutMs = 15_000
/** A guest that is on its way to post-copy can hardly be taken back: QEMU has so much more time to say that it has left. */
const switchMs = 500

/** How long a guest may stand still yet that stands still, in ms; negative: it has for too long. */
interface RestOfPause {
  readonly ms: number
  readonly forMs: number
  readonly limit: PauseLimit
}

/**
 * Sends the memory and devices of a running guest to a QEMU that waits for them. When it resolves, the target has
 * loaded all of it, or, if it came to post-copy, all but a part of the memory; and this guest is stopped for good: QEMU
 * does not let it run again by itself.
 *
 * @throws ZoneError TRANSFER_FAILED with QEMU's words, NOT_CONVERGING, PAUSE_TOO_LONG; the signal's reason. `takeBack()`
 *   then makes the guest run again.
 */
export async function sendMemory(
  qmp: QmpConnection,
  uri: string,
  signal: AbortSignal,
  options: SendingOptions = {},
): Promise<MemorySent> {
  try {
    return await send(qmp, uri, signal, options)
  } catch (error) {
    throw error instanceof QmpTimeoutError ? transferFailed(error.message) : error
  }
}

async function send(
  qmp: QmpConnection,
  uri: string,
  signal: AbortSignal,
  { onProgress, convergence, limit, line, isEmulated = false, contents, behindBytes }: SendingOptions,
): Promise<MemorySent> {
  let stoppedAtMs: number | undefined
  let longestStopMs = 0
  using _stop = qmp.on('STOP', () => {
    stoppedAtMs = performance.now()
  })
  // One waiter at a time is enough: each turn of the loop waits for an event or the next look at the progress.
  let wake = () => undefined as void
  using _moved = qmp.on('MIGRATION', () => wake())
  using _passed = qmp.on('MIGRATION_PASS', () => wake())
  const startedAtMs = performance.now()
  const pauseMs = () => convergence?.pauseMs ?? defaultPauseMs
  const looks = isEmulated
    ? new StillLooks(qmp, { pauseMs, contents, ...(behindBytes === undefined ? {} : { behindBytes }) })
    : undefined
  using _goes = qmp.on('RESUME', () => {
    if (stoppedAtMs !== undefined) longestStopMs = Math.max(longestStopMs, performance.now() - stoppedAtMs)
    stoppedAtMs = undefined
  })
  let isSwitching = false
  await looks?.begin()
  await qmp.execute('migrate', { uri })
  let isSetUp = false
  const restOfPause = (): RestOfPause | undefined => {
    if (stoppedAtMs === undefined || limit === undefined) return undefined
    const forMs = performance.now() - stoppedAtMs
    const mostMs = isSetUp ? limit.endMs : limit.setupMs
    return { ms: (isSwitching ? limit.allowedMs + switchMs : mostMs) - forMs, forMs, limit }
  }
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      wake = resolve
    })
    const state = await stateOf(qmp, uri, isSetUp, restOfPause())
    const { status, ram } = state
    isSetUp = status !== 'setup'
    if (status === 'completed' || (status === 'postcopy-active' && (await hasLeft(qmp)))) {
      const isComplete = status === 'completed'
      if (isComplete) requireShortPause(restOfPause())
      return {
        isComplete,
        stoppedAtMs: stoppedAtMs ?? performance.now(),
        longestStopMs,
        ...(looks?.ending === undefined ? {} : { ending: looks.ending }),
        qemuDowntimeMs: isComplete ? (state.downtime ?? null) : null,
        transferredBytes: ram?.transferred ?? 0,
      }
    }
    if (status === 'postcopy-paused') throw switchBroken()
    if (status === 'failed' || status === 'cancelled') throw transferFailed(state['error-desc'])
    let nextMs = progressIntervalMs
    if (ram !== undefined && !isSwitching) {
      const progress = progressOf(ram, looks?.throttlePercent ?? state['cpu-throttle-percentage'])
      onProgress?.(progress)
      const measure = convergence?.look(
        { ...progress, isSlowedMost: looks?.isSlowedMost ?? false },
        performance.now(),
      )
      if (measure !== undefined) {
        const taken = await take(qmp, measure, progress, looks)
        line?.(taken)
      }
      // A guest that stands still by then has nothing more to do here.
      isSwitching = measure?.kind === 'post-copy'
      if (looks !== undefined && !isSwitching) nextMs = await looks.step({ status, ...progress })
    }
    if (status === 'setup') {
      const forMs = performance.now() - startedAtMs
      if (forMs > setupTimeoutMs)
        throw transferFailed(`no connection to ${uri} within ${Math.round(forMs)} ms`)
    }
    const rest = restOfPause()
    requireShortPause(rest)
    if (rest !== undefined) nextMs = Math.min(nextMs, rest.ms + 1)
    if (status === 'active') await holdForTest('transfer.active')
    signal.throwIfAborted()
    await Promise.race([changed, sleep(nextMs, undefined, { signal }).catch(() => undefined)])
  }
}

/** Of a post-copy: whether the machine has been put away here, and is sent with its devices, or was. */
async function hasLeft(qmp: QmpConnection): Promise<boolean> {
  const { status } = await qmp.execute('query-status', {}, { schema: statusSchema })
  return status === 'finish-migrate' || status === 'postmigrate'
}

/**
 * @param rest of the pause of a guest that stands still
 * @throws ZoneError TRANSFER_FAILED, PAUSE_TOO_LONG: QEMU gave no answer, and its connection to the target was cut, so that it does again
 */
async function stateOf(qmp: QmpConnection, uri: string, isSetUp: boolean, rest: RestOfPause | undefined) {
  const promisedMs = rest?.limit.isPromised === true ? Math.max(1, rest.ms) : undefined
  const timeoutMs = promisedMs === undefined ? undefined : Math.min(silenceMs, promisedMs)
  try {
    return await migrationState(qmp, timeoutMs ?? (isSetUp ? undefined : silenceMs))
  } catch (error) {
    if (!(error instanceof QmpTimeoutError) || !uri.startsWith('tcp:')) throw error
    await cutWay(uri)
    if (rest !== undefined && timeoutMs !== undefined) throw pauseTooLong(rest)
    throw transferFailed(`nothing came from ${uri}, and QEMU answers nothing while it waits for that`)
  }
}

/** Does what is to be done about a guest that changes its memory faster than it is sent; answers what that is. */
async function take(
  qmp: QmpConnection,
  measure: Measure,
  { bytesPerSecond, remainingBytes, throttlePercent }: MemoryProgress,
  looks: StillLooks | undefined,
): Promise<string> {
  const rates = `${mib(bytesPerSecond)} MiB/s are sent, and ${mib(remainingBytes)} MiB are left again and again`
  switch (measure.kind) {
    case 'pause':
      await qmp.execute('migrate-set-parameters', { 'downtime-limit': measure.limitMs })
      return `The guest changes its memory as fast as it is sent (${rates}): it may now pause for ${measure.limitMs} ms.`
    case 'slow down':
      if (looks === undefined) await slowGuestDown(qmp, measure.mostPercent)
      else looks.slowDown(measure.mostPercent)
      return `The guest changes its memory as fast as it is sent (${rates}): slowing the guest down.`
    case 'post-copy':
      // QEMU 10.0 lets a guest that it has stopped itself go on here if the stream breaks at the very end, and it runs there by then.
      await qmp.execute('stop')
      await qmp.execute('migrate-start-postcopy')
      return `The guest changes its memory faster than it can be sent (${rates}): it goes on at the target now, and what is missing follows. Until all is there it lives on both hosts: if one of them fails, the guest is lost.`
    case 'give up':
      throw new ZoneError(
        `The guest changes its memory faster than it can be sent (${rates}), also when it is slowed down by ${throttlePercent} %; the zone goes on running here`,
        {
          code: 'NOT_CONVERGING',
          remedy:
            'Allow a longer pause with --max-pause, or more --bandwidth if that was given, or --postcopy at its risk, or suspend the zone and migrate it then',
        },
      )
  }
}

const mib = (bytes: number) => Math.round(bytes / 1024 ** 2)

/**
 * QEMU stops a guest when it reckons that the rest can be sent within the pause that is allowed. If it was far wrong, the
 * guest is better off here.
 *
 * @throws ZoneError PAUSE_TOO_LONG
 */
function requireShortPause(rest: RestOfPause | undefined): void {
  if (rest !== undefined && rest.ms < 0) throw pauseTooLong(rest)
}

function pauseTooLong({ forMs, limit }: RestOfPause): ZoneError {
  const { allowedMs, isPromised } = limit
  const words = isPromised
    ? `within the ${allowedMs} ms that are allowed`
    : `yet (some ${allowedMs} ms were aimed at)`
  return new ZoneError(
    `The guest has stood still for ${Math.round(forMs)} ms, and its memory could not be handed over ${words}; the zone goes on running here`,
    {
      code: 'PAUSE_TOO_LONG',
      remedy: 'Allow a longer pause with --max-pause, or try again when less is under way',
    },
  )
}

function transferFailed(words: string | undefined): ZoneError {
  return new ZoneError(
    `The transfer of the guest's memory failed: ${words ?? 'QEMU gives no reason'}; the zone goes on running here`,
    {
      code: 'TRANSFER_FAILED',
    },
  )
}
