/** One resource on the way to a property: `anet[id=0]`, `mac[1]`, or `capped-memory`, of which there is only one. */
export interface PathResource {
  readonly type: string
  /** Property that tells it from others of its type; undefined with a number. */
  readonly key: string | undefined
  /** Value of the key, or number among its like; undefined if there is only one. */
  readonly value: string | undefined
}

/** Where a property of the configuration is, as `mustMatchProperties()` spells it: `anet[id=0]:vlan[vlan-id=7]:vlan-id`. */
export interface PropertyPath {
  readonly resources: readonly PathResource[]
  readonly property: string
}

/** A resource and the colon after it, one next to the other; keys may have colons in them: `mac[mac-address=2:8:20:1:2:3]:` */
const resourceParts = /([a-z-]+)(?:\[(?:([a-z-]+)=)?([^\]]*)\])?:/gy

export function parsePath(path: string): PropertyPath {
  const matches = [...path.matchAll(resourceParts)]
  const resources = matches.map(([, type = '', key, value]) => ({ type, key, value }))
  return { resources, property: path.slice(endOf(matches.at(-1))) }
}

/** The resources that hold a property, outermost first, each as the beginning of the path: `anet[id=0]:`. */
export function resourcePrefixes(path: string): string[] {
  return Array.from(path.matchAll(resourceParts), (match) => path.slice(0, endOf(match)))
}

/** The type of the outermost resource of a path, or of the resource itself; undefined for a global property. */
export function resourceType(path: string): string | undefined {
  return /^([a-z-]+)[[:]/.exec(path)?.[1]
}

/** Spells the path of a property of one of several resources: `device[id=1]:storage`. */
export function pathOf(type: string, id: number, property: string): string {
  return `${type}[id=${id}]:${property}`
}

function endOf(match: RegExpExecArray | undefined): number {
  return match === undefined ? 0 : match.index + match[0].length
}
