import type { HostFacts } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import type { MustMatchProperty } from '../zone/must-match.ts'
import type { CheckInput, Intent, ZoneState } from './input.ts'

/** What is known of each host in any case. */
export type HostIdentity = Pick<HostFacts, 'host' | 'kzone' | 'architecture' | 'kernel' | 'userNetwork'>

/** What a rule sees besides the facts it needs: none of this can be unknown. */
export interface Context {
  readonly contract: Contract
  readonly properties: readonly MustMatchProperty[]
  readonly zone: ZoneState
  readonly intent: Pick<Intent, 'kind' | 'targetUri' | 'encrypt'> & {
    readonly cipher?: string | undefined
    readonly operationId?: string | undefined
    readonly postcopy?: boolean | undefined
    readonly maxPauseMs?: number | undefined
  }
  readonly source: HostIdentity
  readonly target: HostIdentity
}

const sight: { input: CheckInput | undefined; hasSeenTarget: boolean } = {
  input: undefined,
  hasSeenTarget: false,
}

function seen(): CheckInput {
  if (sight.input === undefined) throw new Error('No check is under way')
  return sight.input
}

function seenWithTarget(): CheckInput {
  sight.hasSeenTarget = true
  return seen()
}

const target: HostIdentity = {
  get host() {
    return seenWithTarget().target.host
  },
  get kzone() {
    return seenWithTarget().target.kzone
  },
  get architecture() {
    return seenWithTarget().target.architecture
  },
  get kernel() {
    return seenWithTarget().target.kernel
  },
  get userNetwork() {
    return seenWithTarget().target.userNetwork
  },
}

const intent: Context['intent'] = {
  get kind() {
    return seen().intent.kind
  },
  get targetUri() {
    return seenWithTarget().intent.targetUri
  },
  get encrypt() {
    return seen().intent.encrypt
  },
  get cipher() {
    return seen().intent.cipher
  },
  get operationId() {
    return seen().intent.operationId
  },
  get postcopy() {
    return seen().intent.postcopy
  },
  get maxPauseMs() {
    return seen().intent.maxPauseMs
  },
}

const context: Context = {
  get contract() {
    return seen().contract
  },
  get properties() {
    return seen().properties
  },
  get zone() {
    return seen().zone
  },
  get source() {
    return seen().source
  },
  intent,
  target,
}

/** What a rule sees of a check besides its facts, in a form that notes whether it looks at which host the target is. */
export function contextOf(input: CheckInput): Context {
  sight.input = input
  sight.hasSeenTarget = false
  return context
}

/** Whether the rule that was judged last looked at which host the target is, and not only at that host's facts. */
export function hasSeenTarget(): boolean {
  return sight.hasSeenTarget
}
