import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { migrationSchema, statusSchema } from '../qmp/schemas.ts'
import { retryUntil } from '../util/retry-until.ts'
import { holdForTest } from '../util/test-hold.ts'

export interface MemoryProgress {
  readonly remainingBytes: number
  readonly totalBytes: number
  readonly transferredBytes: number
  readonly bytesPerSecond: number
  readonly pass: number
}

export interface MemorySent {
  /** When the guest was stopped, on the clock of `performance.now()`. */
  readonly stoppedAtMs: number
  readonly qemuDowntimeMs: number
  readonly transferredBytes: number
}

const progressIntervalMs = 100
/** From the request to the first byte: connection and TLS handshake. */
const setupTimeoutMs = 15_000
const settleTimeoutMs = 30_000

const settled: readonly (string | undefined)[] = ['completed', 'failed', 'cancelled', 'none', undefined]

function migrationState(qmp: QmpConnection) {
  return qmp.execute('query-migrate', {}, { schema: migrationSchema })
}

/**
 * Sends the memory and devices of a running guest to a QEMU that waits for them. When it resolves, the target has
 * loaded all of it, and this guest is stopped for good: QEMU does not let it run again by itself.
 *
 * @throws ZoneError TRANSFER_FAILED with QEMU's words; the signal's reason. `takeBack()` then makes the guest run again.
 */
export async function sendMemory(
  qmp: QmpConnection,
  uri: string,
  signal: AbortSignal,
  onProgress: (progress: MemoryProgress) => void,
): Promise<MemorySent> {
  let stoppedAtMs: number | undefined
  using _stop = qmp.on('STOP', () => {
    stoppedAtMs = performance.now()
  })
  // One waiter at a time is enough: each turn of the loop waits for an event or the next look at the progress.
  let wake = () => undefined as void
  using _moved = qmp.on('MIGRATION', () => wake())
  const startedAtMs = performance.now()
  await qmp.execute('migrate', { uri })
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      wake = resolve
    })
    const state = await migrationState(qmp)
    const { status, ram } = state
    if (status === 'completed') {
      return {
        stoppedAtMs: stoppedAtMs ?? performance.now(),
        qemuDowntimeMs: state.downtime ?? 0,
        transferredBytes: ram?.transferred ?? 0,
      }
    }
    if (status === 'failed' || status === 'cancelled') throw transferFailed(state['error-desc'])
    if (ram !== undefined) onProgress(progressOf(ram))
    if (status === 'active') await holdForTest('transfer.active')
    signal.throwIfAborted()
    if (status === 'setup' && performance.now() - startedAtMs > setupTimeoutMs) {
      throw transferFailed(`no connection to ${uri} within ${setupTimeoutMs / 1000} s`)
    }
    await Promise.race([changed, sleep(progressIntervalMs, undefined, { signal }).catch(() => undefined)])
  }
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

function progressOf(ram: Ram): MemoryProgress {
  return {
    remainingBytes: ram.remaining,
    totalBytes: ram.total,
    transferredBytes: ram.transferred,
    bytesPerSecond: (ram.mbps * 1e6) / 8,
    pass: ram['dirty-sync-count'],
  }
}

/**
 * Makes a guest run again whose memory was being sent, or had been. Only for a guest that was not handed over. Safe to
 * call twice.
 *
 * @throws ZoneError TAKE_BACK_FAILED: the guest is stopped and could not be started
 */
export async function takeBack(qmp: QmpConnection): Promise<void> {
  await qmp.execute('migrate_cancel').catch(() => undefined)
  await retryUntil(async () => (settled.includes((await migrationState(qmp)).status) ? true : undefined), {
    timeoutMs: settleTimeoutMs,
    intervalMs: 10,
  })
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
