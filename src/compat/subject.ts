import type { BootRecord, Fact, HostFacts } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import type { MustMatchProperty } from '../zone/must-match.ts'
import type { CheckInput, ClockOffset, Intent, OwnerSeen, ZoneState } from './input.ts'
import { asSaved, savedConfiguration, untoldBy } from './saved-facts.ts'
import type { Kind } from './schema.ts'
import { type StoredConfiguration, targetConfiguration } from './target-configuration.ts'

/** A zone as one kind of migration would find it. */
export interface Form {
  /** The state in which the zone is, or into which it has to be brought first. */
  readonly zone: ZoneState
  readonly contract: Contract
  readonly properties: readonly MustMatchProperty[]
  /** What the machine of a suspended guest was made from. */
  readonly guest?: Contract
  readonly boot: Fact<BootRecord>
  /** Whose it is by its boot device; absent: not looked at. */
  readonly owner?: Fact<OwnerSeen | null>
}

/** A zone of the source host, with all that is to be known of it for a check against any target. */
export interface Subject {
  readonly name: string
  /** As `zoneadm list` shows them. */
  readonly state: string
  readonly auxiliary: readonly string[]
  /** For each kind of migration that can be thought of, since the zone is in the state for it or can get there. */
  readonly forms: { readonly [K in Kind]?: Form }
  /** Why there is no form at all, as for a configuration that cannot be read. */
  readonly problem?: string
  /** What the hosts are asked for its sake: storage URIs, and CPUs in QEMU's words. */
  readonly storage: readonly string[]
  readonly cpus: readonly string[]
}

/** A host to which zones could go. */
export interface Target {
  /** As remedies repeat it. */
  readonly uri: string
  readonly facts: HostFacts
  /**
   * Its own configuration of a zone, by the zone's name; a zone that is not here has none there. Null: the facts were
   * saved earlier, and the host is not asked.
   */
  readonly configurations: Readonly<Record<string, StoredConfiguration>> | null
  /** By how much its clock is ahead of the source's; absent: not measured. */
  readonly clockOffset?: ClockOffset
}

/** The host on which the zones are. */
export interface Source {
  readonly facts: HostFacts
  /** The facts were saved earlier, and the host is not asked. */
  readonly isSaved: boolean
}

/** What the operator wants beside the zone, the target and the kind. */
export interface Wishes
  extends Pick<Intent, 'encrypt' | 'cipher' | 'operationId' | 'postcopy' | 'maxPauseMs'> {
  /** Be answered without what saved facts do not tell. */
  readonly acceptsUntold?: boolean
  /** The target's own configuration of the zone is to be replaced: it says nothing of how the zone would be there. */
  readonly overwrite?: boolean
}

/** What an operator wants of the memory stream, from the word after `-c`; null: not asked for, `none`: in the clear. */
export function cipherWish(word: string | null): Pick<Intent, 'encrypt' | 'cipher'> {
  if (word === null) return { encrypt: true }
  return word === 'none' ? { encrypt: false } : { encrypt: true, cipher: word }
}

/** In place of the uuid of a zone that was never installed: it has none yet that another could share. */
export const noUuid = 'not assigned'

/** All that a check is made of: one form of a zone, its host, a target. */
export function checkInput(
  kind: Kind,
  form: Form,
  source: Source,
  { uri, facts, configurations, clockOffset }: Target,
  { acceptsUntold = false, overwrite = false, ...wishes }: Wishes,
): CheckInput {
  const { contract, zone } = form
  const own = overwrite ? undefined : configurations?.[zone.name]
  const there =
    configurations === null && !overwrite
      ? savedConfiguration(facts, zone.name)
      : targetConfiguration(own ?? { status: 'absent' }, zone.name)
  return {
    ...form,
    ...there,
    ...(clockOffset === undefined ? {} : { clockOffset: { known: clockOffset } }),
    source: source.isSaved ? asSaved(source.facts, contract, kind) : source.facts,
    target: configurations === null ? asSaved(facts, contract, kind) : facts,
    intent: {
      ...wishes,
      ...(acceptsUntold ? { acceptUnknown: untoldBy(source.isSaved, configurations === null) } : {}),
      kind,
      targetUri: uri,
    },
  }
}
