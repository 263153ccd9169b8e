import fc from 'fast-check'
import { backingPages } from '../../src/compat/backing-pages.ts'
import type { CheckInput } from '../../src/compat/input.ts'
import { applyChanges, type Changes } from './apply-changes.ts'
import { states } from './arbitrary-input.ts'
import { sampleInput } from './sample-input.ts'

const GiB = 2 ** 30

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

const capabilities = ['auto-converge', 'events', 'postcopy-ram', 'return-path']
const postcopy: Changes = Object.fromEntries(
  ['source', 'target'].map((side) => [`${side}.hypervisor.known.capabilities`, capabilities]),
)

/** What the sample's hosts give a guest of each class that they have in full. */
const classes: Readonly<Record<string, { readonly cpuModel: string; readonly features: readonly string[] }>> =
  {
    generic: { cpuModel: 'qemu64,+sse4.1', features: ['lm', 'nx', 'sse4.1'] },
    'migration-class1': { cpuModel: 'qemu64,+aes', features: ['aes', 'lm', 'nx', 'sse4.1'] },
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
        'set pagesize-policy=fixed; set pagesize=2M;',
      ),
      cpuArch: fc.constantFrom(...Object.keys(classes)),
      hostCompatible: fc.constantFrom('level1', 'level2', 'native', 'level1,adi'),
      nicKind: fc.constantFrom('anet', 'net'),
      wishes: fc.record(
        {
          encrypt: fc.boolean(),
          postcopy: fc.boolean(),
          cipher: fc.constantFrom('aes-256-gcm', 'aes-128-gcm'),
          maxPauseMs: fc.integer({ min: 300, max: 10_000 }),
        },
        { requiredKeys: ['encrypt'] },
      ),
      isGuestTold: fc.boolean(),
      scheme: fc.constantFrom('iscsi', 'nfs', 'lu'),
      disks: fc.uniqueArray(fc.nat({ max: 98 }), { minLength: 1, maxLength: 8 }),
      nicIds: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 4 }),
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
      const { cpuArch, nicKind, wishes, isGuestTold } = drawn
      const disks = drawn.disks.map(schemes[drawn.scheme])
      const image = schemes[drawn.scheme](99)
      const config = configuration(drawn, disks, image)
      const sample = sampleInput({ config, targetConfig: imported ? null : config })
      const isToldSuspended = kind === 'warm' && isGuestTold
      const input = isToldSuspended ? { ...sample, guest: structuredClone(sample.contract) } : sample
      const pools = [{ sizeBytes: 2 ** 21, total: 65_536, free: 65_536 }]
      const backing = backingPages(input.contract.memory, pools)
      const objects = [...disks, image]
      const storage = {
        known: objects.map((uri) => ({ uri, opened: { sizeBytes: 32 * GiB, identity: uri } })),
      }
      // A lu: has no place for a mark.
      const mark = drawn.scheme === 'lu' ? 'untried' : 'seen'
      return applyChanges(input, {
        intent: { ...input.intent, ...wishes, kind },
        'zone.state': states[kind].state,
        'zone.auxiliary': states[kind].auxiliary,
        'source.zones.known.0.state': states[kind].state,
        'source.zones.known.0.auxiliary': states[kind].auxiliary,
        'source.storage': storage,
        'target.storage': storage,
        ...(isMarked ? { sharing: { known: objects.map((uri) => ({ uri, mark })) } } : {}),
        ...(isEmulated ? emulated : {}),
        ...(vlan === null ? {} : filtering),
        ...(wishes.postcopy === true ? postcopy : {}),
        'source.hugepages.known': pools,
        'target.hugepages.known': pools,
        'boot.known.pagesizeBytes': backing.from === 'pool' ? backing.sizeBytes : 4096,
        'boot.known.cpuModel': classes[cpuArch]?.cpuModel,
        'boot.known.cpuFeatures': classes[cpuArch]?.features,
        'boot.known.memoryBytes': memoryGiB * GiB,
        'boot.known.maxCpus': ncpus,
        'boot.known.devices': disks.map((_, id) => ({ kind: 'virtio-blk-pci', id: `device${id}` })),
        'boot.known.nics': nicIds.map((id) => ({
          kind: nicKind,
          id,
          mac: `02:08:20:00:00:0${id}`,
          mtu: 1500,
        })),
        'target.memory.known.totalBytes': 512 * GiB,
        'target.memory.known.availableBytes': 256 * GiB,
      })
    })
}

interface Drawn {
  readonly memoryGiB: number
  readonly ncpus: number
  readonly pagesizePolicy: string
  readonly cpuArch: string
  readonly hostCompatible: string
  readonly nicKind: 'anet' | 'net'
  readonly nicIds: readonly number[]
  readonly nicMore: string
  readonly vlan: number | null
  readonly lowerLink: string
}

function configuration(drawn: Drawn, disks: readonly string[], image: string): string {
  const {
    cpuArch,
    hostCompatible,
    nicKind,
    memoryGiB,
    ncpus,
    pagesizePolicy,
    nicIds,
    nicMore,
    vlan,
    lowerLink,
  } = drawn
  const vlanId = vlan === null ? '' : `set vlan-id=${vlan};`
  return [
    `create -b; set brand=solaris-kz; set cpu-arch=${cpuArch}; set host-compatible=${hostCompatible}`,
    `add capped-memory; set physical=${memoryGiB}G; ${pagesizePolicy} end`,
    `add virtual-cpu; set ncpus=${ncpus}; end`,
    `add suspend; set storage=${image}; end`,
    ...disks.map(
      (uri, id) => `add device; set storage=${uri}; set id=${id}; ${id === 0 ? 'set bootpri=0;' : ''} end`,
    ),
    ...nicIds.map((id, index) => {
      const own = `set mac-address=2:8:20:0:0:${id}; set id=${id};`
      if (nicKind === 'net') return `add net; set physical=br0; ${own} end`
      return `add anet; set lower-link=${lowerLink}; ${own} ${vlanId} ${index === 0 ? nicMore : ''} end`
    }),
  ].join('\n')
}
