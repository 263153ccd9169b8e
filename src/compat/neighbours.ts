import type { ZoneSummary } from '../facts/schema.ts'
import type { Context, Side } from './rule.ts'

type Zones = readonly ZoneSummary[]

/** Another zone that has the same thing as this one, and where it is. */
export interface Neighbour {
  readonly other: ZoneSummary
  readonly side: Side
  readonly host: string
}

/** Zones of both hosts, but this one itself, that an index finds under a key; those of the target first. */
export function neighboursWith(
  key: string,
  { zone, source, target }: Context,
  { atSource, atTarget }: { readonly atSource: Zones; readonly atTarget: Zones },
  index: (zones: Zones) => ReadonlyMap<string, Zones>,
): readonly Neighbour[] {
  const found: Neighbour[] = []
  const look = (side: Side, zones: Zones, { host }: Context['source']) => {
    for (const other of index(zones).get(key) ?? nobody) {
      if (other.uuid !== zone.uuid && other.name !== zone.name) found.push({ other, side, host: host.name })
    }
  }
  look('target', atTarget, target)
  look('source', atSource, source)
  return found
}

const nobody: Zones = []
