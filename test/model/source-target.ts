import { ZoneError } from '../../src/errors.ts'
import type { Peer } from '../../src/migration/peer.ts'
import { type PeerOperationName, type PeerResult, peerOperations } from '../../src/migration/peer-api.ts'
import { kzoneVersion, protocol } from '../../src/util/version.ts'
import type { Answering } from '../fixtures/peer/played-target.ts'
import type { State } from './hand-over-state.ts'
import type { Sent } from './source-state.ts'

/** With it instead of an answer the conversation ends. */
export const hangsUp = 'hangs up'

export interface Script {
  /** Lets the code wait for the answer, which is what it is let go on with. */
  readonly standAt: (at: State['sDoes'], kind: string) => Promise<Error | string | undefined>
  readonly says: (sent: Sent) => void
  /** What a source is at that asks the target to give up. */
  readonly asks: () => State['sDoes']
  /** Whether it tells that in the background. */
  readonly isBeside: () => boolean
  /** Whether the guest has ended there of which a part is here. */
  readonly isNobodyThere: () => boolean
  readonly late: () => void
}

const host = { id: '848611d4-0000-4000-8000-00000000000b', name: 'beta' }

/** A conversation with the source's target: what it has to say of the hand-over is the test's to say. */
export function answering({ standAt, says, asks, isBeside, isNobodyThere, late }: Script): Answering {
  const answers: Readonly<Record<string, (params: Params, hangUp: () => void) => unknown>> = {
    'peer/hello': () => ({ version: kzoneVersion, protocol, host, ciphers: [] }),
    'peer/ping': () => ({}),
    'peer/alive': () => ({}),
    'peer/settled': () => ({}),
    'peer/reserve': () => ({ imported: true, missing: [] }),
    'peer/health': () => ({ faults: [] }),
    'peer/prepare': async () =>
      unlessError(await standAt('prepares', 'prepare'), { host: '127.0.0.1', port: '1' }),
    'peer/go': async () => {
      says({ go: true })
      return unlessError(await standAt('waits', 'go'), { afterwardsMs: 0 })
    },
    'peer/rejoin': ({ isOnlyAsked }) => {
      if (isNobodyThere()) return { status: 'ended' }
      if (isOnlyAsked === true) return { status: 'whole' }
      late()
      throw new ZoneError('its QEMU answers nothing', { code: 'QMP_TIMEOUT' })
    },
    'peer/abort': async ({ knowsOfLoss }, hangUp) => {
      if (knowsOfLoss === true && isBeside()) return { status: 'none' }
      says({ ask: true, ...(knowsOfLoss === true ? { lossKnown: true } : {}) })
      const outcome = await standAt(knowsOfLoss === true ? 'ends-old' : asks(), 'ask')
      if (outcome === hangsUp) hangUp()
      return unlessError(outcome, { status: outcome ?? 'none' })
    },
  }
  return async (method, params, hangUp) => answers[method]?.(params as Params, hangUp)
}

interface Params {
  readonly knowsOfLoss?: boolean
  readonly isOnlyAsked?: boolean
}

function unlessError<T>(outcome: unknown, result: T): T {
  if (outcome instanceof Error) throw outcome
  return result
}

/** The conversation of the migration itself, which can be lost while an answer is waited for. */
export function losablePeer(uri: string, answer: Answering): Peer & { readonly lose: () => void } {
  const lost = Promise.withResolvers<void>()
  let isLost = false
  const failure = lost.promise.then(() => {
    throw new ZoneError(`Cannot reach ${uri}: it was cut`, { code: 'HOST_UNREACHABLE' })
  })
  failure.catch(() => undefined)
  return {
    uri,
    closed: lost.promise,
    lose() {
      isLost = true
      lost.resolve()
    },
    async call<N extends PeerOperationName>(
      name: N,
      params: unknown,
      options?: { signal?: AbortSignal | undefined },
    ) {
      if (isLost) return failure
      const { promise, reject } = Promise.withResolvers<never>()
      options?.signal?.addEventListener('abort', () => reject(options.signal?.reason))
      const answered = await Promise.race([failure, promise, answer(name, params, lost.resolve)])
      return peerOperations[name].result.parse(answered) as PeerResult<N>
    },
    async [Symbol.asyncDispose]() {},
  }
}
