import type { OperationName, Params, Progress, Result } from './api.ts'
import type { Host } from './host.ts'

export interface HandlerCall {
  /** Aborted when the caller asks for a cancel; a caller that vanishes does not abort. */
  readonly signal: AbortSignal
  readonly progress: (value: Progress) => void
}

/** What zonesd does for the operations of the API. */
export type Handlers<N extends OperationName> = {
  readonly [K in N]: (host: Host, params: Params<K>, call: HandlerCall) => Promise<Result<K>>
}
