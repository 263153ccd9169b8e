import { holdsStorage } from '../compat/neighbours.ts'
import { storageUnit } from '../compat/storage-uri.ts'
import type { StorageProbe, ZoneSummary } from '../facts/schema.ts'
import type { StorageContext } from '../storage/driver.ts'
import { nbdPort } from '../storage/nbd.ts'
import { SameStorage } from '../storage/same-storage.ts'
import { parseSuri } from '../zone/suri/parse-suri.ts'
import { isShared, type Suri } from '../zone/suri/suri.ts'
import { withPort } from '../zone/suri/with-port.ts'

type HadHere = Pick<StorageProbe, 'sameAs' | 'perhapsAs' | 'mappedAs'>

/**
 * All storage of a host's zones and of `suriadm map -w`. Finds what of it is the same as storage that is asked about, under
 * whatever name: only what may be by its URI is looked at, however much there is. For one survey: each look is made once.
 */
export class StorageHere {
  readonly #ofZones: Index
  readonly #mapped: Index
  readonly #same: SameStorage

  /** @param mapped URIs of what can be written by a path */
  constructor(zones: readonly ZoneSummary[], mapped: readonly string[], context: StorageContext) {
    this.#ofZones = indexOf(zones.filter(holdsStorage).flatMap(({ storage }) => storage))
    this.#mapped = indexOf(mapped)
    this.#same = new SameStorage(context)
  }

  /**
   * Never throws. What is not shared is left to the host on which it is.
   *
   * @param names what the object calls itself, as `Sight` has it
   */
  async find(uri: string, names: readonly string[] = []): Promise<HadHere> {
    if (!isShared(uri)) return {}
    const keys = [...keysOf(uri), ...names]
    const [ofZones, mapped] = await Promise.all([
      this.#among(this.#ofZones, uri, keys),
      this.#among(this.#mapped, uri, keys),
    ])
    const sameAs = ofZones.same.filter((other) => other !== uri)
    const [mappedAs] = mapped.same
    return {
      ...(sameAs.length === 0 ? {} : { sameAs }),
      ...(ofZones.undecided.length === 0 ? {} : { perhapsAs: ofZones.undecided }),
      ...(mappedAs === undefined ? {} : { mappedAs }),
    }
  }

  async #among(index: Index, uri: string, keys: readonly string[]) {
    const found = new Set(keys.flatMap((key) => index.get(key) ?? []))
    const candidates = [...found].filter((other) => !areOtherUnits(uri, other))
    const unit = new Set(keys)
    const compared = await Promise.all(
      candidates.map(async (other) => {
        const isSame = unit.has(storageUnit(other)) || (await this.#same.isSame(uri, other))
        return { other, isSame }
      }),
    )
    const those = (wanted: boolean | undefined) =>
      compared.flatMap(({ other, isSame }) => (isSame === wanted ? [other] : []))
    return { same: those(true), undecided: those(undefined) }
  }
}

type Index = ReadonlyMap<string, readonly string[]>

function indexOf(uris: readonly string[]): Index {
  const index = new Map<string, string[]>()
  for (const uri of new Set(uris)) {
    for (const key of keysOf(uri)) {
      const group = index.get(key)
      if (group === undefined) index.set(key, [uri])
      else group.push(uri)
    }
  }
  return index
}

/**
 * URIs of one object have one of these in common, but for names of a unit that only the unit itself tells. What needs no
 * parsing is not parsed: there may be thousands.
 */
function keysOf(uri: string): string[] {
  const unit = storageUnit(uri)
  if (/^(?:lu|dev|file):/.test(uri)) return [unit, 'device']
  const suri = /^(?:nfs|nbds?):/.test(uri) ? parsed(uri) : undefined
  if (suri?.scheme === 'nfs') return [unit, `nfs ${suri.path}`]
  if (suri?.scheme === 'nbd') return [unit, `nbd ${withPort(suri.authority, nbdPort).port} ${suri.export}`]
  return [unit]
}

/** A unit can have several names, but of one kind it has one. */
function areOtherUnits(one: string, other: string): boolean {
  const [name, otherName] = [storageUnit(one), storageUnit(other)]
  return (
    [one, other].every((uri) => uri.startsWith('lu:')) &&
    name.length === otherName.length &&
    name !== otherName
  )
}

function parsed(uri: string): Suri | undefined {
  try {
    return parseSuri(uri)
  } catch {
    return undefined
  }
}
