import type { HostFacts } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import type { MustMatchProperty } from '../zone/must-match.ts'
import type { CheckInput, Intent, ZoneState } from './input.ts'

/** What is known of each host in any case. */
export type HostIdentity = Pick<
  HostFacts,
  'host' | 'kzone' | 'architecture' | 'kernel' | 'userNetwork' | 'goingDown'
>

/** What a rule sees besides the facts it needs: none of this can be unknown. */
export interface Context {
  readonly contract: Contract
  /** What the machine of a suspended guest was made from. */
  readonly guest: Contract | undefined
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

/** A bit for each thing by which a rule can tell one target from another, besides its facts. */
const [hostBit, kzoneBit, architectureBit, kernelBit, userNetworkBit, uriBit, goingDownBit] = [
  1, 2, 4, 8, 16, 32, 64,
]

const sight: { input: CheckInput | undefined; bits: number } = { input: undefined, bits: 0 }

function seen(): CheckInput {
  if (sight.input === undefined) throw new Error('No check is under way')
  return sight.input
}

function seenWith(bit: number): CheckInput {
  sight.bits |= bit
  return seen()
}

const target: HostIdentity = {
  get host() {
    return seenWith(hostBit).target.host
  },
  get kzone() {
    return seenWith(kzoneBit).target.kzone
  },
  get architecture() {
    return seenWith(architectureBit).target.architecture
  },
  get kernel() {
    return seenWith(kernelBit).target.kernel
  },
  get userNetwork() {
    return seenWith(userNetworkBit).target.userNetwork
  },
  get goingDown() {
    return seenWith(goingDownBit).target.goingDown
  },
}

const intent: Context['intent'] = {
  get kind() {
    return seen().intent.kind
  },
  get targetUri() {
    return seenWith(uriBit).intent.targetUri
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
  get guest() {
    return seen().guest
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

/** What a rule sees of a check besides its facts, in a form that notes what it looks at of the target. */
export function contextOf(input: CheckInput): Context {
  sight.input = input
  sight.bits = 0
  return context
}

/** What the rule that was judged last has looked at of the target, besides its facts: a bit for each. */
export function targetSeen(): number {
  return sight.bits
}

/** What of that is not the same in two checks. */
export function targetDifferences(one: CheckInput, other: CheckInput): number {
  const [was, is] = [one.target, other.target]
  return (
    (was.host === is.host ? 0 : hostBit) |
    (was.kzone === is.kzone ? 0 : kzoneBit) |
    (was.architecture === is.architecture ? 0 : architectureBit) |
    (was.kernel === is.kernel ? 0 : kernelBit) |
    (was.userNetwork === is.userNetwork ? 0 : userNetworkBit) |
    (was.goingDown === is.goingDown ? 0 : goingDownBit) |
    (one.intent.targetUri === other.intent.targetUri ? 0 : uriBit)
  )
}
