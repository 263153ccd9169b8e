import fc from 'fast-check'
import type { CheckInput } from '../../src/compat/input.ts'
import type { ContractDevice, ContractNic } from '../../src/zone/contract.ts'
import { applyChanges, type Changes } from './apply-changes.ts'
import { sampleInput } from './sample-input.ts'

const GiB = 2 ** 30
const [bootDisk = ''] = sampleInput().contract.devices.map(({ storage }) => storage)

/** Single things in which a migration can differ from the sample; most of them refuse it. */
const pool: readonly Changes[] = [
  { 'targetContract.known.memory.physicalBytes': 2 * GiB },
  { 'targetContract.known.nics.0.properties.mtu': '9000' },
  { 'targetContract.known.devices.1.id': 7 },
  { 'contract.ncpus': 64 },
  { 'contract.devices.0.storage': 'dev:/dev/sda' },
  { 'contract.devices.1.allowMhd': true },
  { 'boot.known.accelerator': 'tcg' },
  { 'boot.known.cpuFeatures': ['lm', 'vaes'] },
  { 'boot.known.cpuModel': 'qemu64' },
  { 'boot.known.pagesizeBytes': 2 ** 21, 'contract.memory.pagesizePolicy': 'fixed' },
  { 'boot.known.qemuVersion': '10.0.2' },
  { 'target.storage.known.0': { uri: bootDisk, error: 'refused' } },
  { 'target.storage.known.0.uri': 'nfs://elsewhere/disk' },
  { 'target.hugepages.known.0.free': 1 },
  { 'target.memory.known.availableBytes': 1 },
  { 'target.hypervisor.known.machineTypes': [] },
  { 'target.hypervisor.known.tlsPsk': false },
  { 'target.cpuModels.known': [] },
  { 'target.links.known.0.up': false },
  { 'target.links.known.0.mtu': 1280 },
  { 'target.zones.known.0.state': 'running' },
  { 'target.zones.known.0.uuid': 'other' },
  { 'target.kzone.protocol': { min: 5, max: 6 } },
  { 'source.operations.known.0': { id: 'op-9', zoneUuid: null, zoneName: 'web1', kind: 'move' } },
  { 'zone.state': 'installed' },
  { 'intent.kind': 'cold' },
  { 'intent.kind': 'warm' },
]

/** Some differences at once, those deeper in the data first, so that each finds its place. */
export function differences(): fc.Arbitrary<Changes> {
  return fc.subarray([...pool], { maxLength: 4 }).map((changes) => {
    const all: [string, unknown][] = changes.flatMap((change) => Object.entries(change))
    return Object.fromEntries(all.toSorted(([a], [b]) => a.split('.').length - b.split('.').length))
  })
}

/** Any zone that two hosts, equal but for their identity, have the means for. */
export function comparable(): fc.Arbitrary<CheckInput> {
  return fc
    .record({
      memoryGiB: fc.integer({ min: 1, max: 32 }),
      ncpus: fc.integer({ min: 1, max: 16 }),
      pagesizePolicy: fc.constantFrom(undefined, 'largest-available', 'smallest-only'),
      luns: fc.uniqueArray(fc.nat({ max: 99 }), { minLength: 1, maxLength: 8 }),
      nicIds: fc.uniqueArray(fc.nat({ max: 15 }), { maxLength: 4 }),
      lowerLink: fc.constantFrom('auto', 'br0'),
      imported: fc.boolean(),
    })
    .map(({ memoryGiB, ncpus, pagesizePolicy, luns, nicIds, lowerLink, imported }) => {
      const devices = luns.map(disk)
      const nics = nicIds.map((id) => nic(id, lowerLink))
      const input = sampleInput()
      const contract = {
        ...input.contract,
        memory: { physicalBytes: memoryGiB * GiB, pagesizePolicy, pagesizeBytes: undefined },
        ncpus,
        devices,
        nics,
      }
      const storage = {
        known: devices.map(({ storage: uri = '' }) => ({ uri, opened: { sizeBytes: GiB, identity: uri } })),
      }
      return applyChanges(input, {
        contract,
        targetContract: { known: imported ? null : contract },
        ...(imported ? { 'target.zones': { known: [] } } : {}),
        'source.storage': storage,
        'target.storage': storage,
        'boot.known.memoryBytes': memoryGiB * GiB,
        'boot.known.maxCpus': ncpus,
        'boot.known.nics': nics.map(({ kind, id, macAddress: mac }) => ({ kind, id, mac, mtu: 1500 })),
      })
    })
}

function disk(lun: number, id: number): ContractDevice {
  return {
    id,
    storage: `iscsi://10.0.0.9/target.iqn.2026-01.example:any,lun.${lun}`,
    match: undefined,
    bootpri: id === 0 ? 0 : undefined,
    createSizeBytes: undefined,
    allowMhd: false,
  }
}

function nic(id: number, lowerLink: string): ContractNic {
  const macAddress = `02:08:20:00:00:${id.toString(16).padStart(2, '0')}`
  const properties = { 'lower-link': lowerLink, 'mac-address': 'auto' }
  return { kind: 'anet', id, macAddress, lowerLink, vlanId: undefined, mtu: undefined, properties }
}
