import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpTimeoutError } from '../qmp/qmp-errors.ts'
import { isPostcopy, migrationSchema, statusSchema, yankSchema } from '../qmp/schemas.ts'
import { retryUntil } from '../util/retry-until.ts'
import { cutWay } from './cut-way.ts'
import { endPostcopy } from './end-postcopy.ts'

/** QEMU answers nothing while it waits for what the other end has to say in the handshake, and its guest soon stands still. */
export const silenceMs = 3_000
const settleTimeoutMs = 30_000
const cancelTimeoutMs = 2_000

const settled: readonly (string | undefined)[] = ['completed', 'failed', 'cancelled', 'none', undefined]

export function migrationState(qmp: QmpConnection, timeoutMs?: number) {
  return qmp.execute('query-migrate', {}, { schema: migrationSchema, timeoutMs })
}

/**
 * How the transfer of a machine stands that may answer nothing because of it.
 *
 * @param uri where it sends to: that way is cut if QEMU answers nothing, so that it does again
 * @throws QmpTimeoutError
 */
export async function migrationStateOf(qmp: QmpConnection, uri?: string) {
  return migrationState(qmp, uri === undefined ? undefined : silenceMs).catch(async (error: unknown) => {
    if (!(error instanceof QmpTimeoutError) || uri === undefined) throw error
    await cutWay(uri)
    return migrationState(qmp)
  })
}

export interface TakeBackOptions {
  /** Where it was sent to: that way is cut if QEMU answers nothing, or has not given it up after 2 s. */
  readonly uri?: string | undefined
  /** A socket of this host for the end of a post-copy. */
  readonly socket?: string
}

/**
 * Makes a guest run again whose memory was being sent, or had been. Only for a guest that was not handed over. Safe to
 * call twice. A post-copy is brought to its end first, also a broken one.
 *
 * @throws ZoneError TAKE_BACK_FAILED: the guest is stopped and could not be started; POSTCOPY_BROKEN: nor can it ever be
 */
export async function takeBack(qmp: QmpConnection, way: TakeBackOptions = {}): Promise<void> {
  const { uri } = way
  await endAnyPostcopy(qmp, (await migrationStateOf(qmp, uri)).status, way)
  await qmp.execute('migrate_cancel').catch(() => undefined)
  // One that kzone had stopped to look at it stands still for no reason: what QEMU sends from now on is worth nothing.
  const { status } = await qmp.execute('query-status', {}, { schema: statusSchema })
  if (status === 'paused') await qmp.execute('cont').catch(() => undefined)
  if (!(await isSettledWithin(qmp, cancelTimeoutMs))) {
    // On a way that is cut its threads wait for TCP, which can last for minutes; what is not connected yet, yank does not know.
    if (uri !== undefined) await cutWay(uri)
    await qmp.execute('yank', { instances: [{ type: 'migration' }] }).catch(() => undefined)
    await isSettledWithin(qmp, settleTimeoutMs)
  }
  // Cancelled in the very switch, QEMU 7.2 can come to it all the same, and break it.
  await endAnyPostcopy(qmp, (await migrationState(qmp)).status, way)
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

/** @throws ZoneError POSTCOPY_BROKEN */
async function endAnyPostcopy(
  qmp: QmpConnection,
  status: string | undefined,
  { uri, socket }: TakeBackOptions,
) {
  if (!isPostcopy(status)) return
  if (socket === undefined || isPostcopy(await endPostcopy(qmp, { uri, socket }))) throw switchBroken()
}

/** Whether a transfer that was cancelled has ended, or is a post-copy that has broken. */
async function isSettledWithin(qmp: QmpConnection, timeoutMs: number): Promise<boolean> {
  const isSettled = async () => {
    const { status } = await migrationState(qmp)
    return settled.includes(status) || status === 'postcopy-paused' ? true : undefined
  }
  return (await retryUntil(isSettled, { timeoutMs, intervalMs: 10 })) === true
}

/**
 * Waits until no transfer is under way, also none that was cancelled and has not ended: QEMU 10.0 calls a transfer ended for some
 * seconds before it has let go of its connection, if that was cut in the handshake, and begins no other meanwhile.
 *
 * @throws ZoneError TRANSFER_UNDER_WAY; the signal's reason
 */
export async function requireNoTransfer(qmp: QmpConnection, signal: AbortSignal): Promise<void> {
  const isOver = async () => {
    if (!settled.includes((await migrationState(qmp)).status)) return undefined
    const connected = await qmp.execute('query-yank', {}, { schema: yankSchema })
    return connected.some(({ type }) => type === 'migration') ? undefined : true
  }
  if ((await retryUntil(isOver, { timeoutMs: settleTimeoutMs, intervalMs: 50, signal })) === true) return
  throw new ZoneError(
    'The transfer of an earlier migration, which was cancelled, has not ended in QEMU yet; the zone goes on running here',
    { code: 'TRANSFER_UNDER_WAY', remedy: 'Try again in a minute' },
  )
}

/** QEMU lets no guest go on whose post-copy has broken when all of it was under way, though the target has not run it. */
export function switchBroken(): ZoneError {
  return new ZoneError(
    'The stream broke in the moment of the switch to post-copy, and QEMU keeps the guest stopped: it is lost, its disks are as it left them',
    { code: 'POSTCOPY_BROKEN' },
  )
}
