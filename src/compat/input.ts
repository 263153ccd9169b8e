import type { BootRecord, Fact, HostFacts } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import type { MustMatchProperty } from '../zone/must-match.ts'
import type { Forecast, Kind } from './schema.ts'

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
  /** By which cipher, by Solaris's name; left out: by the fastest that both ends agree on. */
  readonly cipher?: string
  /** Whether a running guest may go on at the target before all of its memory is there. */
  readonly postcopy?: boolean
  /** For how long it may stand still; left out: for as long as is usual. */
  readonly maxPauseMs?: number
  /** The operation that asks for this check, so that it does not stand in its own way. */
  readonly operationId?: string
  /** Facts that the operator does without, as when a host cannot be asked: left unknown, they do not refuse. */
  readonly acceptUnknown?: readonly Need[]
}

/** How far a trial stream came on the way that the guest's memory would take. */
export interface PathTrial {
  /** Where the target's QEMU listened for it. */
  readonly host: string
  readonly port: string
  readonly encrypted: boolean
  /** Not even to the port; so far, but there was no agreement on the encryption; all the way. */
  readonly came: 'nowhere' | 'to the port' | 'through'
  /** QEMU's words, unless it came through. */
  readonly words?: string
}

/** Whether the target found on a storage object the mark that the source had put there for this check. */
export interface SharingProof {
  readonly uri: string
  readonly mark: 'seen' | 'missing' | 'untried'
  /** Why it was not tried: the storage has no place for marks, or could not be asked. */
  readonly words?: string | undefined
}

/** Proofs that two hosts made of their keys from one challenge: equal keys give equal ones. Null: no key. */
export interface KeyProofs {
  readonly here: string | null
  readonly there: string | null
}

/** Whose a zone is by the record on its boot device: this host's, or another's, or there is no record, for a reason. */
export type OwnerSeen =
  /** `without`: ids of boot devices that have no copy of it. */
  | { readonly status: 'ours'; readonly without?: readonly number[] }
  | { readonly status: 'other'; readonly host: string; readonly state: string; readonly updatedAt: string }
  | { readonly status: 'none'; readonly why: string }

/** By how much the clock of the target is ahead of the source's, in milliseconds: as far as the way to it lets tell. */
export interface ClockOffset {
  readonly leastMs: number
  readonly mostMs: number
}

/** All that a check is made of: plain data, so that it can be saved and judged anywhere. */
export interface CheckInput {
  readonly contract: Contract
  /** What of the same configuration has to match, as `mustMatchProperties()` lists it. */
  readonly properties: readonly MustMatchProperty[]
  /** What the machine of a suspended guest was made from; absent: it is not suspended, or that is not known. */
  readonly guest?: Contract
  /** The configuration that the target has for this zone; null if it has none and the source's will be imported. */
  readonly targetContract: Fact<Contract | null>
  /** What of that one has to match. */
  readonly targetProperties: Fact<readonly MustMatchProperty[] | null>
  readonly boot: Fact<BootRecord>
  /** Absent, or known to be null: not tried, as for a host that is not there or a zone whose memory does not travel. */
  readonly path?: Fact<PathTrial | null>
  /** Absent, or known to be null: nothing was measured for one. */
  readonly forecast?: Fact<Forecast | null>
  /** Absent, or known to be null: not compared, as where the target has no configuration of the zone. */
  readonly keys?: Fact<KeyProofs | null>
  /** Absent, or known to be null: not measured, as for facts that were saved. */
  readonly clockOffset?: Fact<ClockOffset | null>
  /** Absent, or known to be null: not tried, as for hosts that cannot both be asked. */
  readonly sharing?: Fact<readonly SharingProof[] | null>
  /** Absent, or known to be null: not looked at, as for facts that were saved. */
  readonly owner?: Fact<OwnerSeen | null>
  readonly source: HostFacts
  readonly target: HostFacts
  readonly zone: ZoneState
  readonly intent: Intent
}

type HostFactName = {
  [K in keyof HostFacts]-?: HostFacts[K] extends Fact<unknown> ? K : never
}[keyof HostFacts]

/** The facts that are about the zone, or about both hosts, and not about one of them. */
type OwnName = 'boot' | TrialName | 'targetContract' | 'targetProperties'

/** Those of them that are looked at only where there are hosts that can be asked. */
export const trialNames = ['clockOffset', 'forecast', 'keys', 'owner', 'path', 'sharing'] as const
export type TrialName = (typeof trialNames)[number]

export const ownNames: readonly OwnName[] = ['boot', 'targetContract', 'targetProperties', ...trialNames]

/** The name of something that can be unknown. */
export type Need = OwnName | `source.${HostFactName}` | `target.${HostFactName}`

type KnownIn<T> = T extends { readonly known: infer V } ? V : never

/** The value behind a name, once it is known. */
export type ValueOf<N extends Need> = N extends OwnName
  ? KnownIn<NonNullable<CheckInput[N]>>
  : N extends `${'source' | 'target'}.${infer K extends HostFactName}`
    ? KnownIn<HostFacts[K]>
    : never

/** Makes the function that looks up the fact that a name stands for. */
export function lookUp(need: Need): (input: CheckInput) => Fact<unknown> {
  if (need === 'boot' || need === 'targetContract' || need === 'targetProperties')
    return (input) => input[need]
  if (isTrial(need)) return (input) => input[need] ?? notTried
  const [side, name] = need.split('.') as ['source' | 'target', HostFactName]
  return (input) => input[side][name]
}

function isTrial(need: Need): need is TrialName {
  return (trialNames as readonly string[]).includes(need)
}

const notTried = { known: null }

/** The name of the host on which a fact is read. */
export function hostOf(input: CheckInput, need: Need): string {
  const onTarget = need.startsWith('target')
  return (onTarget ? input.target : input.source).host.name
}
