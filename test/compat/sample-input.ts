import type { CheckInput } from '../../src/compat/input.ts'
import type { BootRecord, HostFacts } from '../../src/facts/schema.ts'
import type { Contract } from '../../src/zone/contract.ts'

const GiB = 2 ** 30

/** A zone with a boot disk and a data disk on iSCSI and one NIC. */
function contract(): Contract {
  return {
    zonename: 'web1',
    brand: 'solaris-kz',
    autoboot: true,
    autoshutdown: 'shutdown',
    bootargs: '',
    hostid: '0x2e7d2173',
    cpuArch: 'migration-class1',
    hostCompatible: ['level1'],
    memory: { physicalBytes: 4 * GiB, pagesizePolicy: 'largest-available', pagesizeBytes: undefined },
    ncpus: 2,
    devices: [
      device(0, 'iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.1', 0),
      device(1, 'iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.2', undefined),
    ],
    nics: [
      {
        kind: 'anet',
        id: 0,
        macAddress: '02:08:20:e7:b8:79',
        lowerLink: 'br0',
        vlanId: undefined,
        mtu: 1500,
        properties: {
          'lower-link': 'br0',
          'link-protection': 'mac-nospoof',
          'mac-address': 'auto',
          mtu: '1500',
        },
      },
    ],
    suspend: { storage: 'iscsi://10.0.0.9/target.iqn.2026-01.example:web1,lun.3' },
  }
}

function device(id: number, storage: string, bootpri: number | undefined): Contract['devices'][number] {
  return { id, storage, match: undefined, bootpri, createSizeBytes: undefined, allowMhd: false }
}

function boot(): BootRecord {
  return {
    machineType: 'pc-q35-7.2',
    cpuModel: 'Nehalem-v1',
    cpuFeatures: ['lm', 'nx', 'sse4.1', 'sse4.2'],
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
    nics: [{ kind: 'anet', id: 0, mac: '02:08:20:e7:b8:79', mtu: 1500 }],
  }
}

function host(name: string, id: string): HostFacts {
  const { devices } = contract()
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
        availableBytes: 40 * GiB,
        committedBytes: 16 * GiB,
        takenBytes: 12 * GiB,
      },
    },
    hugepages: { known: [{ sizeBytes: 2 ** 21, total: 4096, free: 4096 }] },
    hypervisor: {
      known: {
        qemuVersion: '7.2.22',
        accelerator: 'kvm',
        machineTypes: ['pc-i440fx-7.2', 'pc-q35-7.1', 'pc-q35-7.2'],
        devices: ['virtio-blk-pci', 'virtio-net-pci'],
        capabilities: ['events', 'pause-before-switchover', 'return-path', 'xbzrle'],
        tlsPsk: true,
      },
    },
    cpuModels: {
      known: [
        {
          name: 'Nehalem-v1',
          unavailableFeatures: [],
          features: { known: ['lm', 'nx', 'popcnt', 'sse4.1', 'sse4.2'] },
        },
        { name: 'qemu64', unavailableFeatures: ['svm'], features: { unknown: 'not asked for' } },
      ],
    },
    links: {
      known: [
        { name: 'br0', kind: 'bridge', up: true, mtu: 1500 },
        { name: 'eth0', kind: 'ethernet', up: true, mtu: 1500 },
      ],
    },
    defaultLink: { known: 'br0' },
    zones: { known: [] },
    operations: { known: [] },
    storage: {
      known: devices.map(({ id: lun, storage = '' }) => ({
        uri: storage,
        opened: { sizeBytes: 16 * GiB, identity: `naa.600144f0db${lun}` },
      })),
    },
  }
}

/** The live migration of zone web1 from alpha to beta, two equal hosts: nothing speaks against it. */
export function sampleInput(): CheckInput {
  const uuid = '29be88cb-e61a-4204-8d9b-f4a61bf0efdd'
  const source = host('alpha', '848611d4-0000-4000-8000-000000000001')
  return {
    contract: contract(),
    targetContract: { known: contract() },
    boot: { known: boot() },
    source: { ...source, zones: { known: [zone(uuid, 'running')] } },
    target: {
      ...host('beta', '848611d4-0000-4000-8000-000000000002'),
      zones: { known: [zone(uuid, 'configured')] },
    },
    zone: { name: 'web1', uuid, state: 'running', auxiliary: [] },
    intent: { kind: 'live', targetUri: 'ssh://beta', encrypt: true, operationId: 'op-1' },
  }
}

function zone(uuid: string, state: 'running' | 'configured') {
  const { devices, memory } = contract()
  return {
    name: 'web1',
    uuid,
    state,
    auxiliary: [],
    macAddresses: ['02:08:20:e7:b8:79'],
    memoryBytes: memory.physicalBytes,
    storage: devices.flatMap(({ storage }) => storage ?? []),
  }
}
