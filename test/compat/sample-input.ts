import type { CheckInput } from '../../src/compat/input.ts'
import type { BootRecord, HostFacts, Link, ZoneSummary } from '../../src/facts/schema.ts'
import { mustMatchProperties } from '../../src/zone/must-match.ts'
import { parseExport } from '../../src/zone/parse-export.ts'
import { toContract } from '../../src/zone/to-contract.ts'

const GiB = 2 ** 30
const naming = { zonename: 'web1' }
const uuid = '29be88cb-e61a-4204-8d9b-f4a61bf0efdd'
export const luns: readonly string[] = [1, 2].map(
  (lun) => `iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.${lun}`,
)

const suspendImage = 'iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.3'

/** A zone with a boot disk and a data disk on iSCSI and one NIC, as `zonecfg export` prints it. */
export const sampleConfig = `\
create -b
set brand=solaris-kz
set autoboot=true
set hostid=0x2e7d2173
set cpu-arch=migration-class1
set host-compatible=level1
add anet; set lower-link=br0; set auto-mac-address=2:8:20:e7:b8:79; set mtu=1500; set id=0; end
add device; set storage=${luns[0]}; set id=0; set bootpri=0; end
add device; set storage=${luns[1]}; set id=1; end
add capped-memory; set physical=4G; end
add virtual-cpu; set ncpus=2; end
add suspend; set storage=${suspendImage}; end
`

/** Changes of the sample's configurations, as subcommands of zonecfg. */
export interface SampleConfigs {
  /** On both hosts, unless there is a `targetConfig`. */
  readonly config?: string
  /** On the target; null: it has no configuration of the zone. */
  readonly targetConfig?: string | null
}

/** The live migration of zone web1 from alpha to beta, two equal hosts: nothing speaks against it. */
export function sampleInput({ config = '', targetConfig = config }: SampleConfigs = {}): CheckInput {
  const here = parseExport(sampleConfig + config)
  const there = targetConfig === null ? null : parseExport(sampleConfig + targetConfig)
  const source = host('alpha', '848611d4-0000-4000-8000-000000000001')
  return {
    contract: toContract(here, naming),
    properties: mustMatchProperties(here, naming),
    targetContract: { known: there && toContract(there, naming) },
    targetProperties: { known: there && mustMatchProperties(there, naming) },
    boot: { known: boot() },
    keys: { known: there && { here: null, there: null } },
    clockOffset: { known: { leastMs: -40, mostMs: 60 } },
    owner: { known: { status: 'ours' } },
    source: { ...source, zones: { known: [zone('running')] } },
    target: {
      ...host('beta', '848611d4-0000-4000-8000-000000000002'),
      zones: { known: targetConfig === null ? [] : [zone('configured')] },
    },
    zone: { name: 'web1', uuid, state: 'running', auxiliary: [] },
    intent: { kind: 'live', targetUri: 'ssh://beta', encrypt: true, operationId: 'op-1' },
  }
}

/** The BIOS that both hosts have. */
const bios = {
  sizeBytes: 2 ** 18,
  sha256: '2da2018c7555e50b660a84a273a14a79cb87b9070fe6a90e9f151a53e357f7e6',
}

function boot(): BootRecord {
  return {
    machineType: 'pc-q35-7.2',
    cpuModel: 'qemu64,+aes',
    cpuFeatures: ['aes', 'lm', 'nx', 'sse4.1'],
    accelerator: 'kvm',
    memoryBytes: 4 * GiB,
    pagesizeBytes: 4096,
    maxCpus: 2,
    qemuVersion: '7.2.22',
    devices: [
      { kind: 'virtio-blk-pci', id: 'device0', pciAddress: '8.0' },
      { kind: 'virtio-blk-pci', id: 'device1', pciAddress: '8.1' },
      { kind: 'virtio-net-pci', id: 'anet0', pciAddress: '4.0' },
    ],
    nics: [
      { kind: 'anet', id: 0, mac: '02:08:20:e7:b8:79', mtu: 1500, offloads: ['GUEST_TSO4', 'HOST_TSO4'] },
    ],
    firmware: { known: bios },
    tscFrequencyHz: 2_900_000_000,
    lockedBytes: 0,
  }
}

function host(name: string, id: string): HostFacts {
  return {
    schema: 1,
    gatheredAt: '2026-11-20T10:00:00.000Z',
    kzone: { version: '0.1.0', protocol: { min: 1, max: 1 } },
    host: { id, name },
    architecture: 'x86_64',
    kernel: '6.1.0-40-amd64',
    cpu: { known: { vendor: 'GenuineIntel', model: 'Xeon E5-2690', count: 16 } },
    memory: {
      known: {
        totalBytes: 64 * GiB,
        availableBytes: 32 * GiB,
        committedBytes: 16 * GiB,
        takenBytes: 12 * GiB,
      },
    },
    hugepages: { known: [{ sizeBytes: 2 ** 21, total: 4096, free: 4096 }] },
    hypervisor: {
      known: {
        qemuVersion: '7.2.22',
        accelerator: 'kvm',
        acceleratorReason: 'a trial guest ran under KVM',
        machineTypes: ['pc-i440fx-7.2', 'pc-q35-7.1', 'pc-q35-7.2', 'q35'],
        devices: ['virtio-blk-pci', 'virtio-net-pci'],
        capabilities: ['auto-converge', 'events', 'pause-before-switchover', 'return-path', 'xbzrle'],
        tlsPsk: true,
      },
    },
    cpuModels: { known: cpuModels() },
    links: {
      known: [link('br0', 'bridge', '52:54:00:00:00:01'), link('eth0', 'ethernet', '52:54:00:00:00:02')],
    },
    defaultLink: { known: 'br0' },
    zones: { known: [] },
    userNetwork: false,
    operations: { known: [] },
    firmware: { known: [{ name: 'bios-256k.bin', path: '/usr/share/seabios/bios-256k.bin', ...bios }] },
    mitigations: {
      known: {
        microcode: '0x71a',
        vulnerabilities: {
          mds: 'Mitigation: Clear CPU buffers; SMT vulnerable',
          spectre_v1: 'Mitigation: usercopy/swapgs barriers and __user pointer sanitization',
          spectre_v2: 'Mitigation: Retpolines; IBPB: conditional; IBRS_FW; STIBP: conditional; RSB filling',
          tsx_async_abort: 'Not affected',
        },
      },
    },
    tsc: { known: { frequencyHz: 2_900_000_000, invariant: true, scaling: false } },
    nested: { known: false },
    lockedMemory: { known: { limitBytes: null } },
    clock: { known: { source: 'tsc', synchronised: true } },
    maintenance: { known: null },
    operator: { known: { user: 'root', isRoot: true } },
    ciphers: { known: ['aes-256-gcm', 'aes-128-gcm', 'chacha20-poly1305'] },
    storage: {
      known: [...luns, suspendImage].map((uri, lun) => ({
        uri,
        opened: { sizeBytes: 16 * GiB, identity: `naa.600144f0db${lun}` },
      })),
    },
  }
}

/** Three classes, one of which these hosts cannot give in full, and a model that nobody asked about. */
function cpuModels() {
  const features = ['lm', 'nx', 'sse4.1']
  return [
    { name: 'qemu64,+sse4.1', cpuArch: 'generic', unavailableFeatures: [], features: { known: features } },
    {
      name: 'qemu64,+aes',
      cpuArch: 'migration-class1',
      unavailableFeatures: [],
      features: { known: ['aes', ...features] },
    },
    {
      name: 'qemu64,+avx512f',
      cpuArch: 'migration-class3',
      unavailableFeatures: ['avx512f'],
      features: { known: ['aes', ...features] },
    },
    { name: 'EPYC', unavailableFeatures: [], features: { unknown: 'nobody asked for the features of EPYC' } },
  ]
}

function link(name: string, kind: Link['kind'], macAddress: string): Link {
  return { name, kind, up: true, mtu: 1500, vlanFiltering: false, macAddress, addresses: [] }
}

function zone(state: 'running' | 'configured'): ZoneSummary {
  return {
    name: 'web1',
    uuid,
    state,
    auxiliary: [],
    macAddresses: ['02:08:20:e7:b8:79'],
    allowedAddresses: [],
    memoryBytes: 4 * GiB,
    storage: [...luns],
  }
}
