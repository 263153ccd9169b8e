import fc from 'fast-check'
import type { CheckInput } from '../../src/compat/input.ts'
import { applyChanges, type Changes } from './apply-changes.ts'
import { luns, sampleInput } from './sample-input.ts'

const GiB = 2 ** 30
const fixedPages = 'select capped-memory; set pagesize-policy=fixed; set pagesize=2M; end'

function bios(sizeBytes: number) {
  return { name: 'bios-256k.bin', path: '/opt/qemu/bios-256k.bin', sizeBytes, sha256: 'ab'.repeat(32) }
}

/** Single things in which a migration can differ from the sample; most of them refuse it. */
export const singleDifferences: readonly Changes[] = [
  { targetConfig: 'select capped-memory; set physical=2G; end' },
  { targetConfig: 'select anet id=0; set mtu=9000; end; remove device id=1' },
  { targetConfig: 'select device id=1; set id=7; end; set cpu-arch=generic' },
  { config: 'select virtual-cpu; set ncpus=64; end' },
  { config: 'select device id=0; set storage=dev:/dev/sda; end' },
  { config: 'select device id=1; set allow-mhd=true; end; set host-compatible=native' },
  { config: 'select anet id=0; set vlan-id=7; set allowed-address=10.0.0.7/24; end' },
  { config: fixedPages, 'boot.known.pagesizeBytes': 2 ** 21 },
  { 'boot.known.accelerator': 'tcg' },
  { 'boot.known.cpuFeatures': ['lm', 'vaes'] },
  { 'boot.known.cpuModel': 'qemu64' },
  { 'boot.known.cpuModel': 'qemu64,+avx512f' },
  { 'boot.known.qemuVersion': '10.0.2' },
  { 'target.storage.known.0': { uri: luns[0], error: 'refused' } },
  { 'target.storage.known.0.uri': 'nfs://elsewhere/disk' },
  { 'target.hugepages.known.0.free': 1 },
  { 'target.memory.known.availableBytes': 1 },
  { 'target.hypervisor.known.machineTypes': [] },
  { 'target.hypervisor.known.tlsPsk': false },
  { 'target.cpu.known.vendor': 'AuthenticAMD' },
  { 'target.cpuModels.known': [] },
  { 'target.links.known.0.up': false },
  { 'target.links.known.0.mtu': 1280 },
  { 'target.zones.known.0.state': 'running' },
  { 'target.zones.known.0.uuid': 'other', 'target.zones.known.0.name': 'other' },
  { 'target.kzone.protocol': { min: 5, max: 6 } },
  { 'target.kernel': '6.12.57' },
  { 'target.architecture': 'aarch64' },
  { 'target.userNetwork': true },
  { 'source.userNetwork': true, config: 'select anet id=0; set lower-link=br7; end' },
  { 'target.host.name': 'gamma' },
  { 'target.host.id': '848611d4-0000-4000-8000-000000000001' },
  { 'intent.targetUri': 'ssh://gamma' },
  { 'source.operations.known.0': { id: 'op-9', zoneUuid: null, zoneName: 'web1', kind: 'install' } },
  { 'target.firmware.known': [] },
  { 'target.firmware.known.0': bios(2 ** 17) },
  { 'target.firmware.known.0': bios(2 ** 18) },
  { 'boot.known.firmware': { unknown: 'the disk is full' } },
  { 'target.mitigations.known.vulnerabilities': { spectre_v2: 'Vulnerable' } },
  { 'source.mitigations.known.vulnerabilities': {} },
  { 'target.tsc.known.frequencyHz': 2_000_000_000 },
  { 'boot.known.tscFrequencyHz': null },
  { 'boot.known.cpuFeatures': ['lm', 'vmx'] },
  {
    'boot.known.nics.0.offloads': ['HOST_USO'],
    'boot.known.qemuVersion': '10.0.2',
    'source.hypervisor.known.qemuVersion': '10.0.2',
    'target.hypervisor.known.qemuVersion': '10.0.2',
  },
  { 'target.storage.known.1.opened.identity': 'naa.5000' },
  { 'boot.known.lockedBytes': GiB, 'target.lockedMemory.known.limitBytes': 65_536 },
  { 'target.maintenance.known': 'new disks' },
  { 'target.operator.known': { user: 'ada', isRoot: false } },
  { 'keys.known': { here: 'a1', there: 'b2' } },
  { 'keys.known': null },
  { 'clockOffset.known': { leastMs: 5000, mostMs: 5001 } },
  { 'target.links.known.1.macAddress': '02:08:20:e7:b8:79' },
  {
    config: 'select anet id=0; set allowed-address=10.0.0.7/24; end',
    'target.links.known.0.addresses': ['10.0.0.7'],
  },
  {
    path: { known: { host: '10.0.0.2', port: '40000', encrypted: true, came: 'nowhere', words: 'refused' } },
  },
  { sharing: { known: [{ uri: luns[0], mark: 'missing' }] } },
  { owner: { known: { status: 'other', host: 'gamma', state: 'running', updatedAt: '2026-11-20' } } },
  { owner: { unknown: 'no answer' } },
  { 'zone.state': 'installed' },
  { 'intent.kind': 'cold' },
  { 'intent.kind': 'warm' },
]

/** Some differences at once, those deeper in the data first, so that each finds its place. */
export function differences(): fc.Arbitrary<Changes> {
  return fc.subarray([...singleDifferences], { maxLength: 4 }).map((changes) => {
    const all: [string, unknown][] = changes.flatMap((change) => Object.entries(change))
    return Object.fromEntries(all.toSorted(([a], [b]) => a.split('.').length - b.split('.').length))
  })
}

/** The zone as each kind of migration finds it. */
export const states = {
  cold: { state: 'installed', auxiliary: [] },
  warm: { state: 'installed', auxiliary: ['suspended'] },
  live: { state: 'running', auxiliary: [] },
} as const

const emulated: Changes = {
  'boot.known.accelerator': 'tcg',
  'boot.known.tscFrequencyHz': null,
  ...Object.fromEntries(
    ['source', 'target'].flatMap((side) => [
      [`${side}.hypervisor.known.accelerator`, 'tcg'],
      [`${side}.tsc.known.frequencyHz`, null],
    ]),
  ),
}

const filtering: Changes = Object.fromEntries(
  ['source', 'target'].flatMap((side) => [
    [`${side}.links.known.0.vlanFiltering`, true],
    [`${side}.links.known.1.bridge`, 'br0'],
    [`${side}.links.known.1.vlans`, [[1, 4094]]],
  ]),
)

/** Storage of each scheme that other hosts reach and that tells an identity, by number. */
const schemes = {
  iscsi: (disk: number) => `iscsi://10.0.0.9/target.iqn.2026-01.example:any,lun.${disk}`,
  nfs: (disk: number) => `nfs://0:0@filer/export/disk${disk}`,
  lu: (disk: number) => `lu:luname.naa.${(0x600144f0 * 2 ** 20 + disk).toString(16).padStart(16, '0')}`,
} as const

/** Any zone that two hosts, equal but for their identity, have the means for, for any kind of migration. */
export function comparable(): fc.Arbitrary<CheckInput> {
  return fc
    .record({
      kind: fc.constantFrom('cold', 'warm', 'live'),
      memoryGiB: fc.integer({ min: 1, max: 32 }),
      ncpus: fc.integer({ min: 1, max: 16 }),
      pagesizePolicy: fc.constantFrom(
        '',
        'set pagesize-policy=largest-available;',
        'set pagesize-policy=smallest-only;',
      ),
      scheme: fc.constantFrom('iscsi', 'nfs', 'lu'),
      disks: fc.uniqueArray(fc.nat({ max: 98 }), { minLength: 1, maxLength: 8 }),
      nicIds: fc.uniqueArray(fc.nat({ max: 9 }), { maxLength: 4 }),
      nicMore: fc.constantFrom(
        '',
        'set allowed-address=10.0.0.7/24;',
        'add mac; set mac-address=2:8:20:0:1:1; end;',
        'add vlan; set vlan-id=9; end;',
      ),
      vlan: fc.option(fc.integer({ min: 1, max: 4094 })),
      lowerLink: fc.constantFrom('auto', 'br0'),
      isEmulated: fc.boolean(),
      isMarked: fc.boolean(),
      imported: fc.boolean(),
    })
    .map((drawn) => {
      const { kind, memoryGiB, ncpus, nicIds, vlan, isEmulated, isMarked, imported } = drawn
      const disks = drawn.disks.map(schemes[drawn.scheme])
      const image = schemes[drawn.scheme](99)
      const config = configuration(drawn, disks, image)
      const input = sampleInput({ config, targetConfig: imported ? null : config })
      const objects = [...disks, image]
      const storage = {
        known: objects.map((uri) => ({ uri, opened: { sizeBytes: 32 * GiB, identity: uri } })),
      }
      // A lu: has no place for a mark.
      const mark = drawn.scheme === 'lu' ? 'untried' : 'seen'
      return applyChanges(input, {
        'intent.kind': kind,
        'zone.state': states[kind].state,
        'zone.auxiliary': states[kind].auxiliary,
        'source.zones.known.0.state': states[kind].state,
        'source.zones.known.0.auxiliary': states[kind].auxiliary,
        'source.storage': storage,
        'target.storage': storage,
        ...(isMarked ? { sharing: { known: objects.map((uri) => ({ uri, mark })) } } : {}),
        ...(isEmulated ? emulated : {}),
        ...(vlan === null ? {} : filtering),
        'boot.known.memoryBytes': memoryGiB * GiB,
        'boot.known.maxCpus': ncpus,
        'boot.known.devices': disks.map((_, id) => ({ kind: 'virtio-blk-pci', id: `device${id}` })),
        'boot.known.nics': nicIds.map((id) => ({
          kind: 'anet',
          id,
          mac: `02:08:20:00:00:0${id}`,
          mtu: 1500,
        })),
        'target.memory.known.availableBytes': 40 * GiB,
      })
    })
}

interface Drawn {
  readonly memoryGiB: number
  readonly ncpus: number
  readonly pagesizePolicy: string
  readonly nicIds: readonly number[]
  readonly nicMore: string
  readonly vlan: number | null
  readonly lowerLink: string
}

function configuration(drawn: Drawn, disks: readonly string[], image: string): string {
  const { memoryGiB, ncpus, pagesizePolicy, nicIds, nicMore, vlan, lowerLink } = drawn
  const vlanId = vlan === null ? '' : `set vlan-id=${vlan};`
  return [
    'create -b; set brand=solaris-kz',
    `add capped-memory; set physical=${memoryGiB}G; ${pagesizePolicy} end`,
    `add virtual-cpu; set ncpus=${ncpus}; end`,
    `add suspend; set storage=${image}; end`,
    ...disks.map(
      (uri, id) => `add device; set storage=${uri}; set id=${id}; ${id === 0 ? 'set bootpri=0;' : ''} end`,
    ),
    ...nicIds.map(
      (id, index) =>
        `add anet; set lower-link=${lowerLink}; set mac-address=2:8:20:0:0:${id}; set id=${id}; ${vlanId} ${index === 0 ? nicMore : ''} end`,
    ),
  ].join('\n')
}
