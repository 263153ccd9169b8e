import { Exit, type ExitCode, ZoneError } from '../../errors.ts'
import type { HostLayout } from '../../util/host-layout.ts'
import { isAlive, processIdentity } from '../../util/process-identity.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { type CliIo, printLine } from '../io.ts'
import { runningAgent } from './running-agent.ts'

/** Longer than zonesd itself waits for operations that it has cancelled. */
const endTimeoutMs = 60_000

/**
 * Ends zonesd, and returns when its process is gone; the zones go on running.
 *
 * @throws ZoneError OPERATIONS_UNDER_WAY unless `force`, which cancels them first; ZONESD_STAYS
 */
export async function stop(
  layout: HostLayout,
  io: CliIo,
  signal: AbortSignal,
  force: boolean,
): Promise<ExitCode> {
  await using client = await runningAgent(layout)
  if (client === undefined) {
    printLine(io.stdout, 'zonesd does not run')
    return Exit.ok
  }
  const { pid } = await client.call('host/hello', {}, { signal })
  const identity = await processIdentity(pid)
  await client.call('host/stop', { force }, { signal })
  const ended = async () => (identity !== undefined && (await isAlive(identity)) ? undefined : true)
  if (await retryUntil(ended, { timeoutMs: endTimeoutMs, intervalMs: 10, signal })) return Exit.ok
  throw new ZoneError(
    `zonesd (process ${pid}) was told to end, and has not within ${endTimeoutMs / 1000} s`,
    {
      code: 'ZONESD_STAYS',
      remedy: `Its log says what it waits for: tail ${layout.logFolder}/zonesd.log\nTo end it at once; the zones go on running: kill -9 ${pid}`,
    },
  )
}
