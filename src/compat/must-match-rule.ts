import type { Contract } from '../zone/contract.ts'
import { configValue, zonecfg } from './commands.ts'
import type { MustMatch } from './must-match.ts'
import { mustMatch, pathOf } from './must-match.ts'
import type { DifferenceDraft, RemedyDraft, Rule } from './rule.ts'
import { rule } from './rule.ts'

interface MustMatchDefinition {
  readonly id: string
  readonly title: string
  readonly doc: string
  /** What a guest would meet. */
  readonly why: string
  /** Whether a value belongs to this rule. Together the rules cover every value, and none twice. */
  readonly covers: (value: Omit<MustMatch, 'value'>) => boolean
}

/** Makes a rule that compares some of the must-match values of the zone's configurations on both hosts. */
export function mustMatchRule({ id, title, doc, why, covers }: MustMatchDefinition): Rule {
  return rule({
    id,
    title,
    doc,
    remedy: "Make the target's configuration equal, or delete it: the migration then imports the source's.",
    kinds: ['cold', 'warm', 'live'],
    severity: 'error',
    needs: { existing: 'targetContract' },
    check({ existing }, { contract }) {
      if (existing === null) return []
      return pairs(contract, existing)
        .filter(({ at, source, target }) => source !== target && covers(at))
        .map((pair) => difference(contract, pair, why, existing))
    },
  })
}

interface Pair {
  readonly at: Omit<MustMatch, 'value'>
  readonly source: string | undefined
  readonly target: string | undefined
}

function pairs(source: Contract, target: Contract): Pair[] {
  const all = new Map<string, Pair>()
  for (const at of mustMatch(source)) all.set(pathOf(at), { at, source: at.value, target: undefined })
  for (const at of mustMatch(target)) {
    all.set(pathOf(at), { at, source: all.get(pathOf(at))?.source, target: at.value })
  }
  return [...all.values()]
}

function difference(contract: Contract, pair: Pair, why: string, existing: Contract): DifferenceDraft {
  const { at, source = 'not set', target = 'not set' } = pair
  return { property: pathOf(at), source, target, why, remedies: [remedy(contract, pair, existing)] }
}

function remedy(contract: Contract, { at, source }: Pair, existing: Contract): RemedyDraft {
  const { resource, id, property } = at
  const how = "Make the target's configuration equal"
  const zone = contract.zonename
  if (!hasResource(contract, resource, id)) {
    return { how, on: 'target', commands: [zonecfg(zone, `remove ${resource} id=${id}`)] }
  }
  const isPlain = /^[a-z][a-z-]*$/.test(property)
  if (!isPlain || !hasResource(existing, resource, id)) {
    return {
      how: "Delete the target's configuration: the migration then imports the source's",
      on: 'target',
      commands: [`zonecfg -z ${zone} delete -F`],
    }
  }
  const change = source === undefined ? `clear ${property}` : `set ${property}=${configValue(source)}`
  const select = id === undefined ? `select ${resource}` : `select ${resource} id=${id}`
  return {
    how,
    on: 'target',
    commands: [zonecfg(zone, ...(resource === undefined ? [change] : [select, change, 'end']))],
  }
}

function hasResource(
  { devices, nics }: Contract,
  resource: string | undefined,
  id: number | undefined,
): boolean {
  if (id === undefined) return true
  if (resource === 'device') return devices.some((device) => device.id === id)
  return nics.some((nic) => nic.kind === resource && nic.id === id)
}
