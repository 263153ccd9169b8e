import { createConnection } from 'node:net'
import type { PathTrial } from '../compat/input.ts'
import type { Fact } from '../facts/schema.ts'
import { runTrial, type Trial, type TrialResult, type TrialState } from './run-trial.ts'

const patienceMs = 3_000
const connectMs = 500

/**
 * Tries the way that the guest's memory would take: QEMU's port on the target, and the handshake of the encryption.
 *
 * @throws only the signal's reason
 */
export async function tryPath(
  way: Pick<Trial, 'peer' | 'keyFolder' | 'encrypted' | 'priority'>,
  signal: AbortSignal,
): Promise<Fact<PathTrial>> {
  try {
    const result = await runTrial({ ...way, load: null }, isDecided, patienceMs, signal)
    return { known: await judge(result, way.encrypted) }
  } catch (error) {
    signal.throwIfAborted()
    return { unknown: `the data port could not be tried: ${(error as Error).message}` }
  }
}

/** After the handshake the stream is `active`. What comes then is not the matter of this trial. */
const reached: readonly (string | undefined)[] = ['active', 'device', 'completed']

function isDecided({ status }: TrialState): boolean {
  return status === 'failed' || reached.includes(status)
}

async function judge({ address, state }: TrialResult, encrypted: boolean): Promise<PathTrial> {
  const path = { ...address, encrypted }
  const { status, 'error-desc': words = 'QEMU gives no reason' } = state
  if (reached.includes(status)) return { ...path, came: 'through' }
  if (status === 'failed') return { ...path, came: /TLS/.test(words) ? 'to the port' : 'nowhere', words }
  const came = (await isOpen(address)) ? 'to the port' : 'nowhere'
  return { ...path, came, words: `no answer within ${patienceMs / 1000} s` }
}

/** Whether the port itself can be reached, when what came after it led nowhere. */
function isOpen({ host, port }: TrialResult['address']): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = createConnection({ host, port: Number(port), timeout: connectMs })
  socket.once('connect', () => resolve(true))
  socket.once('timeout', () => resolve(false))
  socket.once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
