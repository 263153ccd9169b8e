import type { Rule } from './rule.ts'
import { rules } from './rules/index.ts'

/**
 * What a host has to offer a guest that goes on there. What two hosts, and the way between them, have to be, is left out, and so is
 * whether the configuration is still that of the guest: a resumption has compared the machines themselves.
 */
const groups = /^(configuration|cpu|hypervisor|memory|network|storage)\//
const leftOut: ReadonlySet<string> = new Set([
  'configuration/booted',
  'configuration/key',
  'hypervisor/way-back',
  'network/address',
  'network/mac',
  'storage/claimed',
  'storage/local',
  'storage/media',
  'storage/same',
  'storage/shared',
  'storage/suspend-image',
  'storage/suspend-size',
  'storage/unproven',
])

/** The rules for a suspended guest that is resumed on the host where its zone is. */
export const resumeRules: readonly Rule[] = rules.filter(
  ({ id, kinds }) => kinds.includes('warm') && groups.test(id) && !leftOut.has(id),
)
