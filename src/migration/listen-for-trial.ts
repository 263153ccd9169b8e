import { ZoneError } from '../errors.ts'
import { migrationSchema } from '../qmp/schemas.ts'
import { retryUntil } from '../util/retry-until.ts'
import type { PeerParams, PeerResult } from './peer-api.ts'
import { prepareTrial } from './prepare-trial.ts'
import { startTrialMachine } from './trial-machine.ts'

const listenTimeoutMs = 5_000

/** A QEMU that waits for a trial stream. */
export interface TrialListener extends AsyncDisposable {
  readonly address: PeerResult<'peer/try'>
}

/**
 * Listens for a trial stream as the zone's machine will for the guest's memory.
 *
 * @param listenAddress address of this host that the source has reached
 * @param keyFolder where the key lies until the trial is over
 * @throws ZoneError NOT_LISTENING, QEMU_NOT_STARTED; QmpClosedError, QmpError; the signal's reason
 */
export async function listenForTrial(
  trial: Pick<PeerParams<'peer/try'>, 'key' | 'load' | 'postcopy'>,
  listenAddress: string,
  keyFolder: string,
  signal: AbortSignal,
): Promise<TrialListener> {
  await using undo = new AsyncDisposableStack()
  const load = trial.load ?? { machineType: 'none', memoryBytes: 0 }
  const qmp = undo.use(await startTrialMachine({ ...load, incoming: true }, signal))
  undo.use(await prepareTrial(qmp, 'server', trial, keyFolder))
  const host = listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress
  await qmp.execute('migrate-incoming', { uri: `tcp:${host}:0` }, { signal })
  const port = await retryUntil(
    async () => {
      const state = await qmp.execute('query-migrate', {}, { schema: migrationSchema, signal })
      return state['socket-address']?.find((address) => address.port !== undefined)?.port
    },
    { timeoutMs: listenTimeoutMs, intervalMs: 5, signal },
  )
  if (port === undefined) {
    throw new ZoneError(`QEMU does not listen on ${listenAddress}`, { code: 'NOT_LISTENING' })
  }
  const owned = undo.move()
  return { address: { host: listenAddress, port }, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
