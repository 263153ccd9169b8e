import type { BootRecord, Fact, HostFacts } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import type { MustMatchProperty } from '../zone/must-match.ts'
import type { Kind } from './schema.ts'

/** The zone as the source host has it. */
export interface ZoneState {
  readonly name: string
  readonly uuid: string
  /** State and auxiliary states, as `zoneadm list` shows them. */
  readonly state: string
  readonly auxiliary: readonly string[]
}

/** What the operator wants. */
export interface Intent {
  readonly kind: Kind
  /** The target as it was given to `zoneadm migrate`: remedies repeat it. */
  readonly targetUri: string
  /** Whether the guest's memory is to travel encrypted. */
  readonly encrypt: boolean
  /** The operation that asks for this check, so that it does not stand in its own way. */
  readonly operationId?: string
}

/** All that a check is made of: plain data, so that it can be saved and judged anywhere. */
export interface CheckInput {
  readonly contract: Contract
  /** What of the same configuration has to match, as `mustMatchProperties()` lists it. */
  readonly properties: readonly MustMatchProperty[]
  /** The configuration that the target has for this zone; null if it has none and the source's will be imported. */
  readonly targetContract: Fact<Contract | null>
  /** What of that one has to match. */
  readonly targetProperties: Fact<readonly MustMatchProperty[] | null>
  readonly boot: Fact<BootRecord>
  readonly source: HostFacts
  readonly target: HostFacts
  readonly zone: ZoneState
  readonly intent: Intent
}

type HostFactName = {
  [K in keyof HostFacts]: HostFacts[K] extends Fact<unknown> ? K : never
}[keyof HostFacts]

/** The facts that are about the zone's configurations and not about a host. */
type OwnName = 'boot' | 'targetContract' | 'targetProperties'

/** The name of something that can be unknown. */
export type Need = OwnName | `source.${HostFactName}` | `target.${HostFactName}`

type KnownIn<T> = T extends { readonly known: infer V } ? V : never

/** The value behind a name, once it is known. */
export type ValueOf<N extends Need> = N extends OwnName
  ? KnownIn<CheckInput[N]>
  : N extends `${'source' | 'target'}.${infer K extends HostFactName}`
    ? KnownIn<HostFacts[K]>
    : never

/** Makes the function that looks up the fact that a name stands for. */
export function lookUp(need: Need): (input: CheckInput) => Fact<unknown> {
  if (need === 'boot' || need === 'targetContract' || need === 'targetProperties')
    return (input) => input[need]
  const [side, name] = need.split('.') as ['source' | 'target', HostFactName]
  return (input) => input[side][name]
}

/** The name of the host on which a fact is read. */
export function hostOf(input: CheckInput, need: Need): string {
  const onTarget = need.startsWith('target')
  return (onTarget ? input.target : input.source).host.name
}
