import type { Offer } from './base-pair.ts'
import { changedLater, common, configured, type Difference, hosted, ip, onlyBy } from './difference.ts'
import { biosFile, harmlessDifferences, moreHugePages } from './harmless-differences.ts'
import { hugePagePool, poolOf } from './huge-page-pool.ts'
import type { Pair } from './pair.ts'
import type { DiskShape, NicShape, ZoneShape } from './zone-shape.ts'

function atDisk(zone: ZoneShape, change: (disk: DiskShape) => Partial<DiskShape>) {
  const last = zone.disks.at(-1)
  if (last === undefined || last.bootpri !== undefined) return undefined
  return { disks: [...zone.disks.slice(0, -1), { ...last, ...change(last) }] }
}

function atNic(zone: ZoneShape, change: (nic: NicShape) => Partial<NicShape>) {
  const [first, ...others] = zone.nics
  return first && { nics: [{ ...first, ...change(first) }, ...others] }
}

/** For what a net cannot have. */
const atAnet: typeof atNic = (zone, change) =>
  zone.nics[0]?.kind === 'anet' ? atNic(zone, change) : undefined

const bridgeOf = ({ zone }: Pair) => zone.nics[0]?.link

const onMemory = [
  configured('less memory', ({ memoryMiB }) => ({ memoryMiB: memoryMiB - 8 })),
  configured('more memory', ({ memoryMiB }) => ({ memoryMiB: memoryMiB * 2 })),
  configured('page-size policy', ({ pagesizePolicy }) =>
    pagesizePolicy === undefined ? { pagesizePolicy: 'largest-available' } : undefined,
  ),
]

const fixedPages = { pagesizePolicy: 'fixed', pagesizeMiB: 2 } as const
const hugePages = common('huge pages', () => fixedPages)

/** The host has no more such pages than those that a running guest has by then. */
const usedUp = (name: string, pages: Difference): Difference => ({
  name,
  apply(pair, random) {
    const paged = pages.apply(pair, random)
    const taken = pair.kind === 'warm' ? 0 : pair.zone.memoryMiB / 2
    const change = { make: [poolOf(taken)], unmake: [poolOf(hugePagePool.pages)] }
    return paged && { ...paged, targetChanges: [...paged.targetChanges, change] }
  },
})

const otherPages = configured('other pages behind the memory', ({ pagesizePolicy }) =>
  pagesizePolicy === undefined ? fixedPages : undefined,
)
const smallerPages = usedUp(
  'smaller pages behind the memory',
  common('the largest pages', (zone, _, { targetZone }) =>
    [zone, targetZone].some((side) => side?.pagesizePolicy === 'fixed')
      ? undefined
      : { pagesizePolicy: 'largest-available' },
  ),
)

const onHugePages: readonly Difference[] = [
  hugePages,
  otherPages,
  smallerPages,
  usedUp('the huge pages are used up', hugePages),
  moreHugePages(hugePages),
  // Of these QEMU is known to care by post-copy alone.
  ...[hugePages, otherPages, smallerPages].map((difference) => onlyBy('post-copy', difference)),
]

/** What a suspended guest may find changed, while both hosts have the same configuration. */
const onSuspended = [
  changedLater('memory changed while it was suspended', ({ memoryMiB }) => ({ memoryMiB: memoryMiB - 8 })),
  changedLater('vCPUs changed while it was suspended', ({ ncpus }) => ({ ncpus: ncpus + 1 })),
  changedLater('cpu-arch changed while it was suspended', ({ cpuArch }) => ({
    cpuArch: cpuArch === 'generic' || cpuArch === undefined ? 'migration-class2' : 'generic',
  })),
  changedLater('a disk changed while it was suspended', (zone) => atDisk(zone, () => ({ on: 'twin' }))),
  changedLater('a MAC address changed while it was suspended', (zone) =>
    atNic(zone, () => ({ mac: '2:8:20:7:7:7' })),
  ),
  changedLater('a note made while it was suspended', () => ({ note: 'written by the oracle' })),
  onlyBy(
    'warm',
    common('a suspend image that is local', () => ({ suspend: 'local' })),
  ),
]

/** Of 64 and of 32 bits, of both makers. */
const qemuModels = [
  'Conroe',
  'Nehalem',
  'Westmere',
  'Opteron_G1',
  'kvm64',
  'qemu64',
  'coreduo',
  'n270',
  'qemu32',
]

const onProcessors = [
  configured('fewer vCPUs', ({ ncpus }) => (ncpus > 1 ? { ncpus: ncpus - 1 } : undefined)),
  configured('more vCPUs', ({ ncpus }) => ({ ncpus: ncpus + 1 })),
  configured('another cpu-arch', ({ cpuArch }, random) => ({
    cpuArch: random.pick(
      ['generic', 'migration-class1', 'migration-class2', 'Nehalem', 'Westmere'].filter(
        (name) => name !== (cpuArch ?? 'generic'),
      ),
    ),
  })),
  common('the CPU max', () => ({ cpuArch: 'max' })),
  common("one of QEMU's own CPU models and another QEMU", (_, random, { from, to }) =>
    from === to ? undefined : { cpuArch: random.pick(qemuModels) },
  ),
  configured('a CPU that QEMU there cannot give', () => ({ cpuArch: 'migration-class3' })),
]

const onMachine = [
  common('a machine of the newer QEMU', (_, random, { from, to }) =>
    from === '10.0' && to === '7.2' ? { hostCompatible: random.pick(['level2', 'native']) } : undefined,
  ),
  configured('another host-compatible', ({ hostCompatible }) => ({
    hostCompatible: hostCompatible === 'level2' ? 'level1' : 'level2',
  })),
]

const onFirmware = [
  hosted('firmware of another size', () => ({
    make: [['mount', '--bind', '/usr/share/seabios/bios.bin', biosFile]],
    unmake: [['umount', biosFile]],
  })),
]

const onDisks = [
  configured('a disk is missing', (zone) => atDisk(zone, () => ({})) && { disks: zone.disks.slice(0, -1) }),
  configured('one more disk', ({ disks }) => ({ disks: [...disks, { id: 5, on: 'twin' }] })),
  configured('another disk of the same size', (zone) => atDisk(zone, () => ({ on: 'twin' }))),
  configured('another disk of another size', (zone) =>
    atDisk(zone, ({ on }) => ({ on: on === 'large' ? 'twin' : 'large' })),
  ),
  configured('a disk under another id', (zone) => atDisk(zone, ({ id }) => ({ id: id + 4 }))),
  configured('two disks exchanged', ({ disks }) =>
    disks.length < 3
      ? undefined
      : {
          disks: disks.map((disk) =>
            disk.on === 'data'
              ? { ...disk, on: 'large' }
              : disk.on === 'large'
                ? { ...disk, on: 'data' }
                : disk,
          ),
        },
  ),
  configured('a data disk is a boot disk', (zone) => atDisk(zone, () => ({ bootpri: 3 }))),
  common('a disk that is local', (zone) => atDisk(zone, () => ({ on: 'local' }))),
  common('a disk with allow-mhd', (zone) => atDisk(zone, () => ({ allowMhd: true }))),
  hosted('the storage cannot be reached', () => ({
    make: [ip('route add blackhole 10.77.0.240/32')],
    unmake: [ip('route del blackhole 10.77.0.240/32')],
  })),
  hosted('another server under the address of the storage', () => ({
    make: [ip('address add 10.77.0.240/32 dev lo')],
    unmake: [ip('address del 10.77.0.240/32 dev lo')],
  })),
]

const onNics = [
  configured('one more NIC', ({ nics }) => ({
    nics: [...nics, { kind: 'anet', id: 6, link: 'net0', mac: '2:8:20:9:9:9' }],
  })),
  configured('a NIC is missing', ({ nics }) => (nics.length > 0 ? { nics: nics.slice(1) } : undefined)),
  configured('another MAC address', (zone) => atNic(zone, () => ({ mac: '2:8:20:7:7:7' }))),
  configured('another MTU', (zone) => atAnet(zone, ({ mtu }) => ({ mtu: mtu === 1300 ? 1200 : 1300 }))),
  configured('a NIC under another id', (zone) => atNic(zone, ({ id }) => ({ id: id + 3 }))),
  configured('net instead of anet', (zone) =>
    atNic(zone, ({ kind, link }) => ({ kind: kind === 'net' ? 'anet' : 'net', link })),
  ),
  configured('another lower-link', (zone) =>
    atNic(zone, ({ link }) => ({ link: link === 'net0' ? 'br1' : 'net0' })),
  ),
  configured('another VLAN', (zone) => atAnet(zone, ({ vlanId }) => ({ vlanId: vlanId === 8 ? 9 : 8 }))),
  common('lower-link=auto', (zone) => atNic(zone, () => ({ link: 'auto' }))),
  {
    name: 'a neighbour with the same MAC address',
    apply: (pair: Pair) => pair.zone.nics[0] && { ...pair, neighbourMac: pair.zone.nics[0].mac },
  },
]

const onLinks = [
  hosted('the bridge is missing', (pair) =>
    bridgeOf(pair) === 'br1'
      ? {
          make: [ip('link del br1')],
          unmake: [
            ip('link add br1 type bridge'),
            // Where the kernel cannot, it did not before either.
            ['sh', '-c', 'ip link set br1 type bridge vlan_filtering 1 || true'],
            ip('link set br1 up'),
          ],
        }
      : undefined,
  ),
  hosted('the bridge is down', (pair) =>
    bridgeOf(pair) === 'br1'
      ? { make: [ip('link set br1 down')], unmake: [ip('link set br1 up')] }
      : undefined,
  ),
  hosted('the bridge has a smaller MTU', (pair) =>
    bridgeOf(pair) === 'br1'
      ? { make: [ip('link set br1 mtu 1280')], unmake: [ip('link set br1 mtu 1500')] }
      : undefined,
  ),
  hosted('the bridge does not tell VLANs apart', (pair) =>
    pair.zone.nics.some(({ vlanId }) => vlanId !== undefined)
      ? {
          make: ['net0', 'br1'].map((name) => ip(`link set ${name} type bridge vlan_filtering 0`)),
          unmake: ['net0', 'br1'].map((name) => ip(`link set ${name} type bridge vlan_filtering 1`)),
        }
      : undefined,
  ),
]

/** All in which the oracle lets the two sides differ on this machine, beside their QEMUs. */
export function differencesOf(offer: Pick<Offer, 'hugePages'>): readonly Difference[] {
  return [
    ...onMemory,
    ...(offer.hugePages ? onHugePages : []),
    ...onProcessors,
    ...onMachine,
    ...onFirmware,
    ...onDisks,
    ...onNics,
    ...onLinks,
    ...onSuspended,
    ...harmlessDifferences,
  ]
}
