import { cipherNames } from '../../src/migration/cipher.ts'
import { kinds, type Pair, type PairKind, type QemuVersion } from './pair.ts'
import type { Random } from './random.ts'
import type { DiskShape, NicShape, ZoneShape } from './zone-shape.ts'

/** What the two QEMUs can boot on this machine. */
export interface Offer {
  /** QEMU's own models of CPUs that it can give in full, by its version. */
  readonly cpuModels: Readonly<Record<QemuVersion, readonly string[]>>
  /** Whether bridges tell VLANs apart. */
  readonly vlans: boolean
  /** Whether there are huge pages of 2 MiB. */
  readonly hugePages: boolean
}

const versions = ['7.2', '10.0'] as const
/** Classes of `cpu-arch` that TCG can give. */
const cpuClasses = ['generic', 'migration-class1', 'migration-class2']
const maybe = <K extends string, T>(random: Random, probability: number, key: K, value: () => T) =>
  (random.chance(probability) ? { [key]: value() } : {}) as Partial<Record<K, T>>

/** A pair without any difference but the two hosts' QEMUs: the zone moves, or this check is wrong. */
export function basePair(random: Random, offer: Offer): Pair {
  const kind = drawKind(random)
  const from = random.pick(versions)
  const to = random.pick(versions)
  const zone = baseZone(random, { from, to }, offer)
  return {
    kind,
    from,
    to,
    zone,
    changedZone: null,
    targetZone: random.chance(0.7) ? zone : null,
    targetChanges: [],
    encrypt: random.chance(0.7),
    cipher: random.chance(0.5) ? random.pick(cipherNames) : null,
    neighbourMac: undefined,
    differences: [],
  }
}

function drawKind(random: Random): PairKind {
  const drawn = random.next()
  if (drawn < kinds.live) return 'live'
  return drawn < kinds.live + kinds.warm ? 'warm' : 'post-copy'
}

function baseZone(random: Random, { from, to }: Pick<Pair, 'from' | 'to'>, offer: Offer): ZoneShape {
  // What ties a zone to one QEMU is a difference of its own where there are two.
  const models = from === to ? offer.cpuModels[from] : []
  const levels = to === '10.0' && from === '10.0' ? ['level1', 'level2', 'native'] : ['level1']
  return {
    memoryMiB: random.pick([20, 24, 32]),
    ncpus: random.pick([1, 2, 3]),
    ...maybe(random, 0.7, 'cpuArch', () => random.pick([...cpuClasses, ...models])),
    ...maybe(random, 0.4, 'hostCompatible', () => random.pick(levels)),
    ...maybe(random, 0.5, 'hostid', () => '0x2e7d2173'),
    ...maybe(random, 0.1, 'pagesizePolicy', () => 'largest-available' as const),
    disks: baseDisks(random),
    nics: baseNics(random, offer.vlans),
  }
}

function baseDisks(random: Random): DiskShape[] {
  const further = random.pick([[], ['data'], ['data', 'large']] as const)
  return [{ id: 0, on: 'boot', bootpri: 0 }, ...further.map((on, index) => ({ id: index + 1, on }))]
}

function baseNics(random: Random, vlans: boolean): NicShape[] {
  const count = random.pick([0, 1, 1, 2])
  return Array.from({ length: count }, (_, id) => ({
    kind: id === 1 && random.chance(0.3) ? ('net' as const) : ('anet' as const),
    id,
    link: random.pick(['net0', 'br1']),
    mac: `2:8:20:1:${id}:${random.pick([1, 2, 3]).toString(16)}`,
    ...maybe(random, 0.3, 'mtu', () => 1400),
    ...maybe(random, vlans ? 0.2 : 0, 'vlanId', () => 7),
  }))
}
