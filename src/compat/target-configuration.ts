import type { Fact, Unknown } from '../facts/schema.ts'
import { mustMatchProperties } from '../zone/must-match.ts'
import { parseExport } from '../zone/parse-export.ts'
import { toContract } from '../zone/to-contract.ts'
import type { CheckInput, KeyProofs } from './input.ts'

/** What a host has stored as the configuration of a zone, as its zonesd tells it. */
export type StoredConfiguration =
  /** Keys: of the configuration that would be imported. */
  | { readonly status: 'absent'; readonly keys?: Fact<KeyProofs> }
  | {
      readonly status: 'present'
      readonly text: string
      /** Absent: not compared. */
      readonly keys?: Fact<KeyProofs>
    }
  | { readonly status: 'damaged'; readonly reason: string }

type TargetConfiguration = Pick<CheckInput, 'targetContract' | 'targetProperties' | 'keys'>

const absent: TargetConfiguration = {
  targetContract: { known: null },
  targetProperties: { known: null },
  keys: { known: null },
}

/** The target's own configuration of a zone, as facts for the rules. */
export function targetConfiguration(config: StoredConfiguration, zonename: string): TargetConfiguration {
  if (config.status === 'absent') return config.keys === undefined ? absent : { ...absent, keys: config.keys }
  if (config.status === 'damaged') return bothUnknown({ unknown: config.reason })
  try {
    const parsed = parseExport(config.text)
    return {
      targetContract: { known: toContract(parsed, { zonename }) },
      targetProperties: { known: mustMatchProperties(parsed, { zonename }) },
      keys: config.keys ?? { known: null },
    }
  } catch (error) {
    return bothUnknown({
      unknown: `its configuration cannot be used: ${(error as Error).message}`,
      remedy: [`zonecfg -z ${zonename} verify`],
    })
  }
}

function bothUnknown(unknown: Unknown): TargetConfiguration {
  return { targetContract: unknown, targetProperties: unknown }
}
