import fc from 'fast-check'
import type { Changes } from './apply-changes.ts'
import { luns } from './sample-input.ts'

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
  { 'target.storage.known.0.mappedAs': luns[0] },
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
  { 'target.goingDown': true },
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
