import type { MustMatchProperty } from '../zone/must-match.ts'
import { perObject } from './per-object.ts'
import { resourcePrefixes } from './property-path.ts'

type Properties = readonly MustMatchProperty[]

/** A property that differs between two configurations, or a resource that only one of them has. */
export interface MustMatchDifference {
  /** Such as `anet[id=0]:mtu`; of a whole resource `anet[id=0]`. */
  readonly path: string
  /** Undefined if it is not set, or not there. */
  readonly source: string | undefined
  readonly target: string | undefined
  readonly isResource: boolean
}

/** What differs of all that has to match. A resource that one side lacks is one difference, whatever is in it. */
export function mustMatchDifferences(source: Properties, target: Properties): readonly MustMatchDifference[] {
  return toTarget(target)(source)
}

const toTarget = perObject((target: Properties) => perObject((source: Properties) => compare(source, target)))

function compare(source: Properties, target: Properties): MustMatchDifference[] {
  if (isAlike(source, target)) return []
  const here = valuesOf(source)
  const there = valuesOf(target)
  const found = new Map<string, MustMatchDifference>()
  for (const path of new Set([...here.keys(), ...there.keys()])) {
    const [a, b] = [here.get(path), there.get(path)]
    if (a === b) continue
    const missing = missingResource(path, a === undefined ? source : target)
    const difference =
      missing === undefined
        ? { path, source: a, target: b, isResource: false }
        : {
            path: missing.slice(0, -1),
            source: whatIsThere(missing, here),
            target: whatIsThere(missing, there),
            isResource: true,
          }
    if (!found.has(difference.path)) found.set(difference.path, difference)
  }
  return [...found.values()]
}

function isAlike(source: Properties, target: Properties): boolean {
  return (
    source.length === target.length &&
    source.every(({ path, value }, index) => path === target[index]?.path && value === target[index].value)
  )
}

function valuesOf(properties: Properties): ReadonlyMap<string, string> {
  return new Map(properties.map(({ path, value }) => [path, value]))
}

/** The outermost resource on the way to a property of which a configuration has nothing. */
function missingResource(path: string, properties: Properties): string | undefined {
  return resourcePrefixes(path).find((prefix) => !properties.some((other) => other.path.startsWith(prefix)))
}

/** What an operator knows a resource by. */
function whatIsThere(prefix: string, values: ReadonlyMap<string, string>): string | undefined {
  const known = ['storage', 'match', 'mac-address', 'vlan-id'].map((name) => values.get(`${prefix}${name}`))
  const first = known.find((value) => value !== undefined)
  if (first !== undefined) return `present (${first})`
  return values.keys().some((path) => path.startsWith(prefix)) ? 'present' : undefined
}
