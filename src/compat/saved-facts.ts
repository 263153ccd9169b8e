import { type Fact, type HostFacts, isKnown, type StorageProbe } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import { quote } from './commands.ts'
import { probesByUri, zonesByName } from './facts-index.ts'
import type { CheckInput, Need } from './input.ts'
import type { Kind } from './schema.ts'
import { sharedObjects } from './storage-uri.ts'

const ofSource: readonly Need[] = ['source.storage']
const ofTarget: readonly Need[] = ['target.storage', 'targetContract', 'targetProperties']

/** What saved facts may not tell, and what an operator may want to plan without. */
export const untoldBySavedFacts: readonly Need[] = [...ofSource, ...ofTarget]

/** Of that, what a host that is asked does tell is left out. */
export function untoldBy(isSourceSaved: boolean, isTargetSaved: boolean): readonly Need[] {
  return [...(isSourceSaved ? ofSource : []), ...(isTargetSaved ? ofTarget : [])]
}

/** The facts of a host as they were saved: what was not asked at that time is unknown. */
export function asSaved(facts: HostFacts, contract: Contract, kind: Kind): HostFacts {
  const storage = savedStorage(facts, contract, kind)
  return storage === facts.storage ? facts : { ...facts, storage }
}

function savedStorage({ storage, host }: HostFacts, contract: Contract, kind: Kind): Fact<StorageProbe[]> {
  if (!isKnown(storage)) return storage
  const probes = probesByUri(storage.known)
  const disks = sharedObjects(contract, kind)
  if (disks.every((disk) => probes.has(disk.storage))) return storage
  const missing = disks.filter((disk) => !probes.has(disk.storage))
  const uris = missing.map((disk) => `--storage ${quote(disk.storage)}`).join(' ')
  return {
    unknown: `its facts were saved without opening ${missing.map((disk) => disk.storage).join(', ')}`,
    remedy: [`zoneadm facts --json ${uris} > ${quote(`${host.name}.json`)}`],
  }
}

/** The configuration that a host of which only saved facts are there has of a zone: none, or one that is not in them. */
export function savedConfiguration(
  { zones, host }: HostFacts,
  zone: string,
): Pick<CheckInput, 'targetContract' | 'targetProperties'> {
  const none = { known: null }
  if (isKnown(zones) && !zonesByName(zones.known).has(zone))
    return { targetContract: none, targetProperties: none }
  const unknown = isKnown(zones)
    ? {
        unknown: `${host.name} has a configuration of zone ${zone}, which saved facts do not hold: ask the host itself`,
      }
    : zones
  return { targetContract: unknown, targetProperties: unknown }
}
