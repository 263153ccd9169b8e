import type { CpuModel, Link, StorageProbe, ZoneSummary } from '../facts/schema.ts'
import { perObject } from './per-object.ts'
import { storageUnit } from './storage-uri.ts'

/** Lists of facts by what the rules look for in them, made once for each host however many zones are checked. */
export const modelsByName = perObject(
  (models: readonly CpuModel[]) => new Map(models.map((model) => [model.name, model])),
)

export const linksByName = perObject(
  (links: readonly Link[]) => new Map(links.map((link) => [link.name, link])),
)

/** The links of a host by their own MAC addresses, but for those of zones, which are of kzone's making. */
export const linksByMac = perObject(
  (links: readonly Link[]) =>
    new Map(links.flatMap((link) => (link.macAddress === undefined ? [] : [[link.macAddress, link]]))),
)

/** The links of a host by the addresses that it has on them. */
export const linksByAddress = perObject(
  (links: readonly Link[]) =>
    new Map(links.flatMap((link) => (link.addresses ?? []).map((address) => [plainAddress(address), link]))),
)

/** How kzone names the links of zones. */
const ofZone = /^kz[0-9a-f]{8}[an]\d+$/

/** The ports of each bridge of a host, but for those of zones: by these the bridge reaches anybody else. */
export const uplinksByBridge = perObject((links: readonly Link[]): ReadonlyMap<string, readonly Link[]> => {
  const uplinks = links.filter(({ bridge, name }) => bridge !== undefined && !ofZone.test(name))
  return Map.groupBy(uplinks, ({ bridge = '' }) => bridge)
})

export const probesByUri = perObject(
  (probes: readonly StorageProbe[]) => new Map(probes.map((probe) => [probe.uri, probe])),
)

export const wordSet = perObject((words: readonly string[]): ReadonlySet<string> => new Set(words))

export const zonesByName = perObject((zones: readonly ZoneSummary[]) => groupBy(zones, ({ name }) => [name]))

export const zonesByUuid = perObject((zones: readonly ZoneSummary[]) =>
  groupBy(zones, ({ uuid }) => (uuid === null ? [] : [uuid])),
)

export const zonesByMac = perObject((zones: readonly ZoneSummary[]) =>
  groupBy(zones, ({ macAddresses }) => macAddresses),
)

export const zonesByAddress = perObject((zones: readonly ZoneSummary[]) =>
  groupBy(zones, ({ allowedAddresses }) => allowedAddresses.map(plainAddress)),
)

/** By what their storage URIs mean, as `storageUnit()` has it. */
export const zonesByStorage = perObject((zones: readonly ZoneSummary[]) =>
  groupBy(zones, ({ storage }) => storage.map(storageUnit)),
)

/** Those of which it is not known what they hold. */
export const unreadZones = perObject((zones: readonly ZoneSummary[]) =>
  zones.filter(({ unread }) => unread !== undefined),
)

/**
 * An address in its one spelling, whatever network it is in: `10.0.0.7` of `10.0.0.7/24` and of `::ffff:10.0.0.7`,
 * `2001:db8::7` of `2001:DB8:0::7/64`.
 */
export function plainAddress(address: string): string {
  const plain = address.replace(/\/\d+$/, '').toLowerCase()
  const host = plain.includes(':') ? URL.parse(`http://[${plain}]/`)?.hostname.slice(1, -1) : undefined
  if (host === undefined) return plain
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(host) ?? []
  if (high === undefined || low === undefined) return host
  return [high, low]
    .flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255])
    .join('.')
}

type Groups = ReadonlyMap<string, readonly ZoneSummary[]>

function groupBy(zones: readonly ZoneSummary[], keys: (zone: ZoneSummary) => readonly string[]): Groups {
  const groups = new Map<string, ZoneSummary[]>()
  for (const zone of zones) {
    for (const key of new Set(keys(zone))) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [zone])
      else group.push(zone)
    }
  }
  return groups
}
