import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { isPostcopy, migrationSchema } from '../qmp/schemas.ts'
import { retryUntil } from '../util/retry-until.ts'
import { patienceMs } from '../util/test-patience.ts'
import { breakOff } from './break-off.ts'
import { openPostcopySink } from './postcopy-sink.ts'
import { clearStream } from './stream-settings.ts'

/** As often as QEMU sends its share, where its rate is held back. */
const lookIntervalMs = 100
/** What is sent within so long is waited for: QEMU 7.2 cannot take up a stream again that ends when all of it is under way. */
const endsSoonMs = 1_000
/** A post-copy that carries nothing for so long carries nothing any more. */
const silenceMs = patienceMs(10_000)
const sinkPatience = { timeoutMs: patienceMs(10_000), intervalMs: 10 }
const mostTries = 3

/**
 * Brings a post-copy to its end whose guest has never run at the target, so that it can go on here: all of its memory is here. QEMU
 * lets it go on only if the migration has ended, and gives none up that has begun to go over. So a stream that would take long is
 * broken off, and the end of one that is broken is a sink of this host, which wants nothing.
 *
 * @param way its `uri`: where it was sent to, and `socket`: where that sink may listen
 * @returns the status of the migration then; of a post-copy still: its stream has broken where QEMU takes up none
 * @throws QmpTimeoutError, QmpClosedError
 */
export async function endPostcopy(
  qmp: QmpConnection,
  { uri, socket }: { readonly uri?: string | undefined; readonly socket: string },
): Promise<string | undefined> {
  let sentBytes: number | undefined
  let movedAtMs = performance.now()
  let tries = 0
  for (;;) {
    const { status, ram } = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
    if (!isPostcopy(status)) return status
    if (status === 'postcopy-paused') {
      if (tries === mostTries) return status
      tries += 1
      await sendToSink(qmp, socket)
      continue
    }
    const { transferred = 0, remaining = 0 } = ram ?? {}
    const movedBytes = transferred - (sentBytes ?? transferred)
    if (sentBytes === undefined || movedBytes > 0) movedAtMs = performance.now()
    if (performance.now() - movedAtMs > silenceMs) return status
    const isLong = remaining > (movedBytes / lookIntervalMs) * endsSoonMs
    if (status === 'postcopy-active' && sentBytes !== undefined && isLong) await breakOff(qmp, uri)
    sentBytes = transferred
    await sleep(lookIntervalMs)
  }
}

/**
 * Goes on with a broken post-copy into a sink of this host; whether it has come to its end, QEMU says.
 *
 * @throws what keeps the sink from being made; QmpTimeoutError, QmpClosedError
 */
async function sendToSink(qmp: QmpConnection, socket: string): Promise<void> {
  try {
    const words = await qmp.execute('human-monitor-command', { 'command-line': 'info ramblock' })
    await using sink = await openPostcopySink(socket, blockBytes(String(words)))
    // There is nobody to shake hands with.
    await clearStream(qmp)
    await qmp.execute('migrate', { uri: `unix:${socket}`, resume: true })
    const ended = retryUntil(() => hasEnded(qmp), sinkPatience)
    await Promise.race([ended, sink.taken.then(() => ended)])
  } catch (error) {
    const isOfStream = error instanceof ZoneError && error.code === 'STREAM_UNKNOWN'
    if (!(error instanceof QmpError) && !isOfStream) throw error
  }
}

async function hasEnded(qmp: QmpConnection): Promise<true | undefined> {
  const { status } = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
  return isPostcopy(status) ? undefined : true
}

/** How much of each block of memory is used, by the words of QEMU's monitor: `info ramblock`. */
export function blockBytes(words: string): Map<string, number> {
  const lines = words
    .split(/\r?\n/)
    .map((line) => /^\s*(\S.*?)\s+\d+ [KMG]iB(?:\s+0x([0-9a-f]+)){2}/.exec(line))
  return new Map(
    lines.flatMap((found) => (found === null ? [] : [[found[1] ?? '', Number.parseInt(found[2] ?? '', 16)]])),
  )
}
