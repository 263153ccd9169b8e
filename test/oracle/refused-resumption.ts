import { requireSameGuest } from '../../src/agent/lifecycle/resume.ts'
import { check } from '../../src/compat/check.ts'
import type { CheckInput } from '../../src/compat/input.ts'
import { resumeRules } from '../../src/compat/resume-rules.ts'
import { ZoneError } from '../../src/errors.ts'
import type { Suspension } from '../../src/vm/suspension.ts'
import { mustMatchProperties } from '../../src/zone/must-match.ts'
import { parseExport } from '../../src/zone/parse-export.ts'
import { contractOf, zonename } from './host-place.ts'

/**
 * What kzone itself says on the target against a suspended guest that arrived there, since it looks once more before it lets one
 * go on; empty if nothing.
 *
 * @param input that of the check of its migration
 * @param configText that holds on the target
 */
export function refusedResumption(
  { target, zone, intent }: CheckInput,
  suspension: Suspension,
  configText: string,
): string[] {
  const config = parseExport(configText)
  try {
    requireSameGuest({ name: zonename }, suspension, { config })
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    return [error.message]
  }
  const { findings } = check(
    {
      contract: contractOf(configText),
      properties: mustMatchProperties(config, { zonename }),
      targetContract: { known: null },
      targetProperties: { known: null },
      boot: { known: suspension.boot },
      source: target,
      target,
      zone,
      intent,
    },
    resumeRules,
  )
  return findings
    .filter(({ verdict }) => verdict !== 'warn')
    .map(({ rule, property }) => `${rule} refuses ${property} when it is to be resumed`)
}
