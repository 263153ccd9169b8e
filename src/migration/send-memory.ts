import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { migrationSchema, statusSchema } from '../qmp/schemas.ts'
import { retryUntil } from '../util/retry-until.ts'
import { holdForTest } from '../util/test-hold.ts'
import { type Convergence, defaultPauseMs, type Measure } from './convergence.ts'
import { StillLooks } from './still-looks.ts'
import { slowGuestDown } from './stream-settings.ts'

export interface MemoryProgress {
  readonly remainingBytes: number
  readonly totalBytes: number
  readonly transferredBytes: number
  readonly bytesPerSecond: number
  readonly pass: number
  /** By how much QEMU slows the guest down, so that it changes less. */
  readonly throttlePercent: number
}

export interface SendingOptions {
  readonly onProgress?: (progress: MemoryProgress) => void
  /** Watches whether the guest changes less than is sent; without it the guest may stand still as long as it takes. */
  readonly convergence?: Convergence
  /** Where measures are told. */
  readonly line?: (text: string) => void
  /**
   * Of a guest whose processors are emulated, the memory that it uses, in bytes: it is stopped whenever QEMU looks at what it
   * has changed.
   */
  readonly emulatedBytes?: number | undefined
}

export interface MemorySent {
  /** Whether the target has all of it; if not, the guest goes on there by post-copy. */
  readonly isComplete: boolean
  /** When the guest was stopped, on the clock of `performance.now()`. */
  readonly stoppedAtMs: number
  readonly qemuDowntimeMs: number
  readonly transferredBytes: number
}

const progressIntervalMs = 100
/** From the request to the first byte: connection and TLS handshake. */
const setupTimeoutMs = 15_000
const settleTimeoutMs = 30_000
const cancelTimeoutMs = 2_000
/** Besides the memory there are the devices to send, and what QEMU takes for its own end. */
const pauseGraceMs = 1_000

const settled: readonly (string | undefined)[] = ['completed', 'failed', 'cancelled', 'none', undefined]

function migrationState(qmp: QmpConnection) {
  return qmp.execute('query-migrate', {}, { schema: migrationSchema })
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
  { onProgress, convergence, line, emulatedBytes }: SendingOptions = {},
): Promise<MemorySent> {
  let stoppedAtMs: number | undefined
  using _stop = qmp.on('STOP', () => {
    stoppedAtMs = performance.now()
  })
  // One waiter at a time is enough: each turn of the loop waits for an event or the next look at the progress.
  let wake = () => undefined as void
  using _moved = qmp.on('MIGRATION', () => wake())
  using _passed = qmp.on('MIGRATION_PASS', () => wake())
  const startedAtMs = performance.now()
  const pauseMs = () => convergence?.pauseMs ?? defaultPauseMs
  const looks =
    emulatedBytes === undefined ? undefined : new StillLooks(qmp, { pauseMs, usedBytes: emulatedBytes })
  using _goes = qmp.on('RESUME', () => {
    stoppedAtMs = undefined
  })
  await looks?.begin()
  await qmp.execute('migrate', { uri })
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      wake = resolve
    })
    const state = await migrationState(qmp)
    const { status, ram } = state
    if (status === 'completed') {
      return {
        isComplete: true,
        stoppedAtMs: stoppedAtMs ?? performance.now(),
        qemuDowntimeMs: state.downtime ?? 0,
        transferredBytes: ram?.transferred ?? 0,
      }
    }
    if (status === 'postcopy-active' && stoppedAtMs !== undefined) {
      return {
        isComplete: false,
        stoppedAtMs,
        qemuDowntimeMs: state.downtime ?? 0,
        transferredBytes: ram?.transferred ?? 0,
      }
    }
    if (status === 'postcopy-paused') throw switchBroken()
    if (status === 'failed' || status === 'cancelled') throw transferFailed(state['error-desc'])
    let nextMs = progressIntervalMs
    if (ram !== undefined) {
      const progress = progressOf(ram, state['cpu-throttle-percentage'])
      onProgress?.(progress)
      const measure = convergence?.look(progress, performance.now())
      if (measure !== undefined) line?.(await take(qmp, measure, progress))
      if (looks !== undefined)
        nextMs = await looks.step({ status, ...progress, sentBytes: ram['normal-bytes'] })
    }
    if (stoppedAtMs !== undefined && convergence !== undefined) {
      requireShortPause(performance.now() - stoppedAtMs, convergence.pauseMs)
    }
    if (status === 'active') await holdForTest('transfer.active')
    signal.throwIfAborted()
    if (status === 'setup' && performance.now() - startedAtMs > setupTimeoutMs) {
      throw transferFailed(`no connection to ${uri} within ${setupTimeoutMs / 1000} s`)
    }
    await Promise.race([changed, sleep(nextMs, undefined, { signal }).catch(() => undefined)])
  }
}

/** Does what is to be done about a guest that changes its memory faster than it is sent; answers what that is. */
async function take(
  qmp: QmpConnection,
  measure: Measure,
  { bytesPerSecond, remainingBytes, throttlePercent }: MemoryProgress,
): Promise<string> {
  const rates = `${mib(bytesPerSecond)} MiB/s are sent, and ${mib(remainingBytes)} MiB are left again and again`
  switch (measure.kind) {
    case 'pause':
      await qmp.execute('migrate-set-parameters', { 'downtime-limit': measure.limitMs })
      return `The guest changes its memory as fast as it is sent (${rates}): it may now pause for ${measure.limitMs} ms.`
    case 'slow down':
      await slowGuestDown(qmp, measure.mostPercent)
      return `The guest changes its memory as fast as it is sent (${rates}): slowing the guest down.`
    case 'post-copy':
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
function requireShortPause(pausedMs: number, allowedMs: number): void {
  if (pausedMs <= 2 * allowedMs + pauseGraceMs) return
  throw new ZoneError(
    `The guest has stood still for ${Math.round(pausedMs)} ms, which is more than the ${allowedMs} ms allowed, and its memory is not sent yet; the zone goes on running here`,
    {
      code: 'PAUSE_TOO_LONG',
      remedy: 'Allow a longer pause with --max-pause, or try again when less is under way',
    },
  )
}

/** QEMU lets no guest go on whose post-copy has broken, though the target has not run it. */
function switchBroken(): ZoneError {
  return new ZoneError(
    'The stream broke in the moment of the switch to post-copy, and QEMU keeps the guest stopped: it is lost, its disks are as it left them',
    { code: 'POSTCOPY_BROKEN', remedy: 'End what is left of it and boot it anew' },
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

type Ram = NonNullable<ReturnType<typeof migrationSchema.parse>['ram']>

export function progressOf(ram: Ram, throttlePercent = 0): MemoryProgress {
  return {
    remainingBytes: ram.remaining,
    totalBytes: ram.total,
    transferredBytes: ram.transferred,
    bytesPerSecond: (ram.mbps * 1e6) / 8,
    pass: ram['dirty-sync-count'],
    throttlePercent,
  }
}

/**
 * Makes a guest run again whose memory was being sent, or had been. Only for a guest that was not handed over. Safe to
 * call twice.
 *
 * @throws ZoneError TAKE_BACK_FAILED: the guest is stopped and could not be started; POSTCOPY_BROKEN: nor can it ever be
 */
export async function takeBack(qmp: QmpConnection): Promise<void> {
  if ((await migrationState(qmp)).status === 'postcopy-paused') throw switchBroken()
  await qmp.execute('migrate_cancel').catch(() => undefined)
  // One that kzone had stopped to look at it stands still for no reason: what QEMU sends from now on is worth nothing.
  const { status } = await qmp.execute('query-status', {}, { schema: statusSchema })
  if (status === 'paused') await qmp.execute('cont').catch(() => undefined)
  if (!(await isSettledWithin(qmp, cancelTimeoutMs))) {
    // On a way that is cut its threads wait for TCP, which can last for minutes.
    await qmp.execute('yank', { instances: [{ type: 'migration' }] }).catch(() => undefined)
    await isSettledWithin(qmp, settleTimeoutMs)
  }
  const running = await retryUntil(
    async () => {
      if ((await qmp.execute('query-status', {}, { schema: statusSchema })).running) return true
      await qmp.execute('cont').catch(() => undefined)
      return (await qmp.execute('query-status', {}, { schema: statusSchema })).running ? true : undefined
    },
    { timeoutMs: settleTimeoutMs, intervalMs: 50 },
  )
  if (running === true) return
  throw new ZoneError('The guest could not be started again after the failed transfer', {
    code: 'TAKE_BACK_FAILED',
  })
}

async function isSettledWithin(qmp: QmpConnection, timeoutMs: number): Promise<boolean> {
  const isSettled = async () => (settled.includes((await migrationState(qmp)).status) ? true : undefined)
  return (await retryUntil(isSettled, { timeoutMs, intervalMs: 10 })) === true
}

/**
 * Waits until no transfer is under way, also none that was cancelled and has not ended.
 *
 * @throws ZoneError TRANSFER_UNDER_WAY; the signal's reason
 */
export async function requireNoTransfer(qmp: QmpConnection, signal: AbortSignal): Promise<void> {
  const isSettled = async () => (settled.includes((await migrationState(qmp)).status) ? true : undefined)
  const options = { timeoutMs: settleTimeoutMs, intervalMs: 50, signal }
  if ((await retryUntil(isSettled, options)) === true) return
  throw new ZoneError(
    'The transfer of an earlier migration, which was cancelled, has not ended in QEMU yet; the zone goes on running here',
    { code: 'TRANSFER_UNDER_WAY', remedy: 'Try again in a minute' },
  )
}
