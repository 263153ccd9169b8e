import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import type { QmpConnection } from '../qmp/connection.ts'
import { QmpTimeoutError } from '../qmp/qmp-errors.ts'
import { migrationSchema } from '../qmp/schemas.ts'
import type { Peer } from './peer.ts'
import type { PeerParams, PeerResult } from './peer-api.ts'
import { prepareTrial } from './prepare-trial.ts'
import { newStreamKey } from './stream-key.ts'
import { startTrialMachine } from './trial-machine.ts'

const lookIntervalMs = 5

export interface Trial {
  readonly peer: Peer
  /** Folder for the key while it is needed; the trial makes and removes it. */
  readonly keyFolder: string
  readonly encrypted: boolean
  /** TLS priority string; undefined: the library's choice. */
  readonly priority: string | undefined
  /** Null: only the connection is tried. */
  readonly load: PeerParams<'peer/try'>['load']
  /** Whether post-copy is tried too. */
  readonly postcopy?: boolean
  /** What the memory to be sent holds. */
  readonly memoryFile?: string
}

/** What query-migrate says of the trial. */
export type TrialState = ReturnType<typeof migrationSchema.parse>

export interface TrialResult {
  readonly address: PeerResult<'peer/try'>
  /** As it was last seen: what was waited for, or not even that when the time was up. */
  readonly state: TrialState
}

/**
 * Sends a stream from a machine made for it to one like it on the other host: both QEMUs, the network and the encryption
 * are those of the migration. Nothing is left of it on either host.
 *
 * @param isDone says when there is nothing more to wait for
 * @param timeoutMs from the moment that the other host listens
 * @throws ZoneError, QmpError, QmpClosedError if one of the two machines cannot be made; the signal's reason
 */
export async function runTrial(
  trial: Trial,
  isDone: (state: TrialState) => boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<TrialResult> {
  const { peer, keyFolder, encrypted, priority = null, load, memoryFile, postcopy = false } = trial
  const trialId = randomUUID()
  const params = {
    trialId,
    key: encrypted ? { psk: newStreamKey(), priority } : null,
    load,
    ...(postcopy ? { postcopy } : {}),
  }
  await using undo = new AsyncDisposableStack()
  const listening = peer.call('peer/try', params, { signal }).catch((error: unknown) => error as Error)
  undo.defer(async () => {
    await listening
    await peer.call('peer/try-end', { trialId }).catch(() => undefined)
  })
  const memory = memoryFile === undefined ? {} : { memoryFile }
  const machine = { ...(load ?? { machineType: 'none', memoryBytes: 0 }), ...memory, incoming: false }
  const qmp = undo.use(await startTrialMachine(machine, signal))
  undo.use(await prepareTrial(qmp, 'client', params, keyFolder))
  const address = await listening
  signal.throwIfAborted()
  if (address instanceof Error) throw cannotListen(address)
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return { address, state: await send(qmp, `tcp:${host}:${address.port}`, isDone, timeoutMs, signal) }
}

/** Sends the stream, and answers what was seen of it last. */
async function send(
  qmp: QmpConnection,
  uri: string,
  isDone: (state: TrialState) => boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<TrialState> {
  const endMs = performance.now() + timeoutMs
  let state: TrialState = {}
  try {
    await qmp.execute('migrate', { uri }, { signal, timeoutMs })
    for (;;) {
      const leftMs = endMs - performance.now()
      if (leftMs <= 0) return state
      // While it waits in a handshake QEMU answers nothing, not even this.
      const options = { schema: migrationSchema, signal, timeoutMs: leftMs }
      state = await qmp.execute('query-migrate', {}, options)
      if (isDone(state)) return state
      await sleep(lookIntervalMs, undefined, { signal }).catch(() => undefined)
    }
  } catch (error) {
    if (error instanceof QmpTimeoutError) return state
    throw error
  }
}

function cannotListen(error: Error): ZoneError {
  const remedy = error instanceof ZoneError ? error.remedy : undefined
  return new ZoneError(`the target cannot listen for a trial stream: ${error.message}`, {
    code: 'NOT_LISTENING',
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  })
}
