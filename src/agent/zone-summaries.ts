import type { ZoneSummary } from '../facts/schema.ts'
import { listItems } from '../zone/schema/value-kind.ts'
import type { Zone } from './zone.ts'
import type { ZoneRegistry } from './zone-registry.ts'

type State = ZoneSummary['state']

/** The zones of this host as the compatibility check sees them: what each of them holds. */
export function zoneSummaries(registry: ZoneRegistry): Promise<ZoneSummary[]> {
  return Promise.all(registry.all().map((zone) => summaryOf(registry, zone)))
}

async function summaryOf(registry: ZoneRegistry, zone: Zone): Promise<ZoneSummary> {
  // A zone whose configuration cannot be read holds nothing that is known; its state says that it is not usable.
  const contract = await registry.contract(zone.name).catch(() => undefined)
  return {
    name: zone.name,
    ...(zone.running === undefined ? {} : { id: zone.running.record.zoneId }),
    uuid: zone.record.uuid,
    state: zone.state as State,
    auxiliary: zone.auxiliary,
    macAddresses: contract?.nics.flatMap(({ macAddress }) => macAddress ?? []) ?? [],
    allowedAddresses:
      contract?.nics.flatMap(({ properties }) => listItems(properties['allowed-address'])) ?? [],
    memoryBytes: contract?.memory.physicalBytes ?? 0,
    storage: [...(contract?.devices.flatMap(({ storage }) => storage ?? []) ?? []), ...zone.claims],
  }
}
