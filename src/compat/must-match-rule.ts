import { findChild, findProperty } from '../zone/schema/resource-type.ts'
import { zoneType } from '../zone/schema/zone-type.ts'
import { configValue, setOrClear, zonecfg } from './commands.ts'
import { type MustMatchDifference, mustMatchDifferences } from './must-match-differences.ts'
import { type PathResource, parsePath, resourceType } from './property-path.ts'
import { type DifferenceDraft, type RemedyDraft, type Rule, rule } from './rule.ts'

interface MustMatchDefinition {
  readonly id: string
  readonly title: string
  readonly doc: string
  /** What a guest would meet. */
  readonly why: string
  /** Whether a property belongs to this rule. Together the rules cover every property, and none twice. */
  readonly covers: (path: string, resource: string | undefined) => boolean
}

/** Makes a rule that compares some of the must-match properties of the zone's configurations on both hosts. */
export function mustMatchRule({ id, title, doc, why, covers }: MustMatchDefinition): Rule {
  return rule({
    id,
    title,
    doc,
    remedy: "Make the target's configuration equal, or delete it: the migration then imports the source's.",
    kinds: ['cold', 'warm', 'live'],
    severity: 'error',
    needs: { existing: 'targetProperties' },
    check({ existing }, { properties, zone }) {
      if (existing === null) return []
      const all = mustMatchDifferences(properties, existing)
      return all
        .filter(({ path }) => covers(path, resourceType(path)))
        .map((difference) => draft(zone.name, difference, all, why))
    },
  })
}

function draft(
  zone: string,
  difference: MustMatchDifference,
  all: readonly MustMatchDifference[],
  why: string,
): DifferenceDraft {
  const { path, source, target, isResource } = difference
  const nothing = isResource ? 'absent' : 'not set'
  return {
    property: path,
    source: source ?? nothing,
    target: target ?? nothing,
    why,
    remedies: [remedy(zone, difference, all)],
  }
}

function remedy(
  zone: string,
  difference: MustMatchDifference,
  all: readonly MustMatchDifference[],
): RemedyDraft {
  const steps = difference.isResource ? removal(difference) : changes(difference, all)
  if (steps === undefined) {
    return {
      how: "Delete the target's configuration: the migration then imports the source's",
      on: 'target',
      commands: [zonecfg(zone, 'delete -F')],
    }
  }
  return { how: "Make the target's configuration equal", on: 'target', commands: [zonecfg(zone, ...steps)] }
}

/** Removes what only the target has. */
function removal({ path, source }: MustMatchDifference): readonly string[] | undefined {
  if (source !== undefined) return undefined
  const { resources } = parsePath(`${path}:`)
  const outer = resources.slice(0, -1)
  const last = resources.at(-1)
  return last && [...outer.map(select), `remove ${pick(last)}`, ...outer.map(() => 'end')]
}

/** Changes all that differs in one resource at once: some properties go together, as a policy and its page size. */
function changes(
  { path, target }: MustMatchDifference,
  all: readonly MustMatchDifference[],
): readonly string[] | undefined {
  const { resources, property } = parsePath(path)
  const prefix = path.slice(0, path.length - property.length)
  // The name is not a part of the configuration.
  if (path === 'zonename') return undefined
  const together = all.filter((other) => !other.isResource && isDirectlyIn(prefix, other.path))
  const steps = together.map((other) => setOrClear(other.path.slice(prefix.length), other.source))
  const [only] = resources
  const isDefault = only !== undefined && target === defaultOf(only, property)
  // A resource of which there is one may be missing while its defaults hold: `add` takes it or makes it.
  const open =
    resources.length === 1 && only?.value === undefined && isDefault
      ? [`add ${only.type}`]
      : resources.map(select)
  return [...open, ...steps, ...resources.map(() => 'end')]
}

function isDirectlyIn(prefix: string, path: string): boolean {
  return path.startsWith(prefix) && path.slice(prefix.length) === parsePath(path).property
}

function defaultOf({ type }: PathResource, property: string): string | undefined {
  const found = findChild(zoneType, type)
  return found && findProperty(found, property)?.default
}

const select = (resource: PathResource) => `select ${pick(resource)}`

/** A resource as `select` and `remove` name it. */
function pick({ type, key, value }: PathResource): string {
  if (value === undefined) return type
  return key === undefined ? `${type} ${value}` : `${type} ${key}=${configValue(value)}`
}
