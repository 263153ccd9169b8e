import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import type { CheckInput } from '../../src/compat/input.ts'
import { BootRecord, fact, HostFacts } from '../../src/facts/schema.ts'
import { changedInput } from './changed-input.ts'

const folder = new URL('../fixtures/scenarios/', import.meta.url)

/** What the check has to find: `RULE PROPERTY` for each finding. */
const Expected = z.strictObject({ verdict: z.enum(['pass', 'refuse']), findings: z.array(z.string()) })
export type Expected = z.infer<typeof Expected>

/** All that a check is made of. Facts that earlier releases did not tell may be left out. */
export const WholeInput = z
  .looseObject({ boot: fact(BootRecord), source: HostFacts, target: HostFacts })
  .transform((input) => input as unknown as CheckInput)

/** A migration that failed somewhere, told in one of three ways. */
const Scenario = z.union([
  /** How it differs from the sample input (see `changedInput()`). */
  z.strictObject({ story: z.string(), change: z.record(z.string(), z.unknown()), expect: Expected }),
  z.strictObject({ story: z.string(), input: WholeInput, expect: Expected }),
  /** Subcommands of zonecfg after those of the sample, and why the configuration is refused: no check is reached with it. */
  z.strictObject({ story: z.string(), configuration: z.string(), problem: z.string() }),
])

/** The stories of the folder `scenarios`, by the names of their files. */
export const scenarios = readdirSync(folder)
  .toSorted()
  .map((file) => ({ file, ...Scenario.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))) }))

type Scenario = z.infer<typeof Scenario>

/** What the check is made of in a scenario; undefined for one that does not get as far. */
export function inputOf(scenario: Exclude<Scenario, { problem: string }>): CheckInput
export function inputOf(scenario: Scenario): CheckInput | undefined
export function inputOf(scenario: Scenario): CheckInput | undefined {
  if ('problem' in scenario) return undefined
  return 'input' in scenario ? scenario.input : changedInput(scenario.change)
}
