import type { ZoneListEntry } from '../agent/api.ts'
import type { HostLayout } from '../util/host-layout.ts'

/** The host itself, as the first line of a listing has it. */
export const globalZone: ZoneListEntry = {
  id: 0,
  name: 'global',
  uuid: null,
  brand: 'solaris',
  ipType: 'shared',
  state: 'running',
  auxiliary: [],
}

/** Running zones by their number, then the others by name. */
export function sortZones(zones: readonly ZoneListEntry[]): ZoneListEntry[] {
  return zones.toSorted(
    (a, b) =>
      (a.id ?? Number.POSITIVE_INFINITY) - (b.id ?? Number.POSITIVE_INFINITY) ||
      (a.name < b.name ? -1 : Number(a.name > b.name)),
  )
}

/** `list -v`: `%4s %-16s %-11s %-28s %-10s %-6s`, trailing blanks included (zoneadm(8)). */
export function verboseTable(zones: readonly ZoneListEntry[]): string[] {
  return [
    verboseLine('ID', 'NAME', 'STATUS', 'PATH', 'BRAND', 'IP'),
    ...zones.map((zone) =>
      verboseLine(idOf(zone), zone.name, zone.state, isGlobal(zone) ? '/' : '-', zone.brand, zone.ipType),
    ),
  ]
}

/** `list -s`: zones with their auxiliary states. */
export function auxiliaryTable(zones: readonly ZoneListEntry[]): string[] {
  const rows = zones.map(({ name, state, auxiliary }) => [name, state, auxiliary.join(',')] as const)
  return [['NAME', 'STATUS', 'AUXILIARY STATE'] as const, ...rows].map(
    ([name, state, auxiliary]) => `${name.padEnd(16)} ${state.padEnd(16)} ${auxiliary}`,
  )
}

/**
 * `list -p`: ten fields with colons between them; a colon inside a field is preceded by a backslash. The path of a
 * kernel zone is the folder with its state.
 */
export function parsableLine(zone: ZoneListEntry, layout: HostLayout): string {
  const global = isGlobal(zone)
  return [
    idOf(zone),
    zone.name,
    zone.state,
    global ? '/' : layout.zoneFolder(zone.name),
    zone.uuid ?? '',
    zone.brand,
    zone.ipType,
    global ? '-' : 'R',
    global ? '' : zone.brand,
    zone.auxiliary.join(','),
  ]
    .map((field) => field.replaceAll(':', '\\:'))
    .join(':')
}

function verboseLine(
  id: string,
  name: string,
  status: string,
  path: string,
  brand: string,
  ip: string,
): string {
  const columns = [
    id.padStart(4),
    name.padEnd(16),
    status.padEnd(11),
    path.padEnd(28),
    brand.padEnd(10),
    ip.padEnd(6),
  ]
  return columns.join(' ')
}

function idOf({ id }: ZoneListEntry): string {
  return id === null ? '-' : String(id)
}

function isGlobal({ name }: ZoneListEntry): boolean {
  return name === globalZone.name
}
