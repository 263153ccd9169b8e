import type { Rule } from './rule.ts'
import { rules } from './rules/index.ts'

/** What a host has to offer a guest that goes on there; what two hosts, and the way between them, have to be, is left out. */
const groups = /^(configuration|cpu|hypervisor|memory|network|storage)\//
const betweenHosts: ReadonlySet<string> = new Set([
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
  ({ id, kinds }) => kinds.includes('warm') && groups.test(id) && !betweenHosts.has(id),
)
