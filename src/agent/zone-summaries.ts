import type { ZoneSummary } from '../facts/schema.ts'
import type { MachineSpec } from '../vm/schema.ts'
import type { Contract } from '../zone/contract.ts'
import { macAddressesOf } from '../zone/mac-addresses.ts'
import { parseExport } from '../zone/parse-export.ts'
import { listItems } from '../zone/schema/value-kind.ts'
import { storageOf } from './held-storage.ts'
import type { Zone } from './zone.ts'
import { contractOf, type ZoneRegistry } from './zone-registry.ts'

type State = ZoneSummary['state']

/** The zones of this host as the compatibility check sees them: what each of them holds. */
export function zoneSummaries(registry: ZoneRegistry): Promise<ZoneSummary[]> {
  return Promise.all(registry.all().map((zone) => summaryOf(registry, zone)))
}

/** Its configuration counts, and so does what its guest booted with, which may be something else by now. */
async function summaryOf(registry: ZoneRegistry, zone: Zone): Promise<ZoneSummary> {
  const { stored, unread } = await storedContract(registry, zone)
  const { running, record, state } = zone
  const { suspended } = record
  const booted = contractFrom(running?.record.configText, zone)
  const contracts = [stored, booted, contractFrom(suspended?.configText, zone)]
  const machines = [running?.machine.spec, suspended?.spec]
  return {
    name: zone.name,
    ...(running === undefined ? {} : { id: running.record.zoneId }),
    uuid: record.uuid,
    state: state as State,
    auxiliary: zone.auxiliary,
    macAddresses: unique([
      ...contracts.flatMap(macAddressesOfContract),
      ...machines.flatMap(macAddressesOfMachine),
    ]),
    allowedAddresses: unique(contracts.flatMap(allowedAddressesOf)),
    memoryBytes: running?.machine.spec.memoryBytes ?? stored?.memory.physicalBytes ?? 0,
    storage: unique(storageOf(zone, stored)),
    // A zone that is only configured holds nothing here, and of one that runs it is known what it booted with.
    ...(unread === undefined || state === 'configured' || booted !== undefined ? {} : { unread }),
  }
}

/** What a zone's configuration promises as it is now, or why that cannot be read. */
async function storedContract(
  registry: ZoneRegistry,
  { name, configMissing }: Zone,
): Promise<{ readonly stored?: Contract; readonly unread?: string }> {
  if (configMissing) return { unread: 'its configuration is missing' }
  try {
    return { stored: await registry.contract(name) }
  } catch (error) {
    return { unread: (error as Error).message }
  }
}

/** Of a configuration that is kept beside a guest; an earlier release may have written it. */
function contractFrom(configText: string | undefined, { name }: Zone): Contract | undefined {
  if (configText === undefined) return undefined
  try {
    return contractOf(parseExport(configText), name)
  } catch {
    return undefined
  }
}

function macAddressesOfContract(contract: Contract | undefined): string[] {
  return contract?.nics.flatMap(macAddressesOf).map(({ macAddress }) => macAddress) ?? []
}

function macAddressesOfMachine(spec: MachineSpec | undefined): string[] {
  return spec?.nics.map(({ macAddress }) => macAddress) ?? []
}

function allowedAddressesOf(contract: Contract | undefined): string[] {
  return contract?.nics.flatMap(({ properties }) => listItems(properties['allowed-address'])) ?? []
}

const unique = (items: readonly string[]) => [...new Set(items)]
