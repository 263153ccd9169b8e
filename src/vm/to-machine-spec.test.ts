import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Contract, ContractDevice, ContractNic } from '../zone/contract.ts'
import { commandLine } from './command-line.ts'
import { type MachineSpec, machineSpec } from './schema.ts'
import { bootOrder, toMachineSpec } from './to-machine-spec.ts'

const uuid = '6ba7b810-9dad-41d1-80b4-00c04fd430c8'
const context = { uuid, accelerator: 'tcg', machineTypes: ['pc-q35-7.2', 'pc-q35-10.0'] } as const

const device = (id: number, more: Partial<ContractDevice> = {}): ContractDevice => ({
  id,
  storage: `file:///disk${id}`,
  match: undefined,
  bootpri: undefined,
  createSizeBytes: undefined,
  allowMhd: false,
  ...more,
})

const nic = (kind: 'anet' | 'net', id: number, more: Partial<ContractNic> = {}): ContractNic => ({
  kind,
  id,
  macAddress: `02:08:20:00:0${kind.length - 3}:0${id}`,
  lowerLink: 'net0',
  vlanId: undefined,
  mtu: undefined,
  properties: {},
  ...more,
})

const contract = (more: Partial<Contract> = {}): Contract => ({
  zonename: 'web1',
  brand: 'solaris-kz',
  autoboot: false,
  autoshutdown: 'shutdown',
  bootargs: '',
  hostid: undefined,
  cpuArch: undefined,
  hostCompatible: [],
  memory: { physicalBytes: 2 ** 30, pagesizePolicy: undefined, pagesizeBytes: undefined },
  ncpus: 1,
  devices: [],
  nics: [],
  suspend: undefined,
  ...more,
})

/** What the guest sees where: each device with its own place, by its name on QEMU's command line. */
function places(spec: MachineSpec): Map<string, string> {
  const args = commandLine(spec, {
    qmpSocket: '/q',
    consoleSocket: '/c',
    pidFile: '/p',
    logFile: '/l',
    blockdevs: new Map(),
    netdevs: new Map(),
    memoryBackend: 'm',
    incoming: false,
  })
  const devices = args.filter((_, index) => args[index - 1] === '-device')
  return new Map(
    devices.map((text) => [/\bid=(\w+)/.exec(text)?.[1] ?? '', text.replace(/,bootindex=\d+/, '')]),
  )
}

const ids = (count: number) => fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }))
const bootpri = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined })
const devices = ids(14).chain((all) =>
  fc.tuple(...all.map((id) => bootpri.map((priority) => device(id, { bootpri: priority })))),
)
const nics = fc
  .tuple(ids(10), ids(4))
  .map(([anets, nets]) => [...anets.map((id) => nic('anet', id)), ...nets.map((id) => nic('net', id))])

test('Where a device is depends on its kind and id alone: adding or removing others moves nothing', () => {
  fc.assert(
    fc.property(devices, nics, fc.func(fc.boolean()), (allDevices, allNics, isKept) => {
      const all = places(toMachineSpec(contract({ devices: allDevices, nics: allNics }), context))
      const some = {
        devices: allDevices.filter(({ id }) => isKept('device', id)),
        nics: allNics.filter(({ kind, id }) => isKept(kind, id)),
      }
      const fewer = places(toMachineSpec(contract(some), context))
      assert.equal(fewer.size, some.devices.length + some.nics.length)
      for (const [name, place] of fewer) assert.equal(place, all.get(name))
    }),
  )
})

test('No two devices have the same address', () => {
  fc.assert(
    fc.property(devices, nics, (allDevices, allNics) => {
      const all = places(toMachineSpec(contract({ devices: allDevices, nics: allNics }), context))
      const addresses = [...all.values()].map((text) => /addr=(0x[0-9a-f]+)/.exec(text)?.[1])
      assert.equal(new Set(addresses).size, allDevices.length + allNics.length)
    }),
  )
})

test('The order in which a configuration lists its devices changes no place', () => {
  fc.assert(
    fc.property(devices, (all) => {
      const forward = places(toMachineSpec(contract({ devices: all }), context))
      const backward = places(toMachineSpec(contract({ devices: all.toReversed() }), context))
      assert.deepEqual(backward, forward)
    }),
  )
})

test('The machine is the same whatever the host is: bridges, VLANs and newer machine types change nothing', () => {
  fc.assert(
    fc.property(
      devices,
      nics,
      fc.string(),
      fc.integer({ min: 1, max: 4094 }),
      (all, some, lowerLink, vlanId) => {
        const here = toMachineSpec(contract({ devices: all, nics: some }), context)
        const elsewhere = some.map((one) => ({ ...one, lowerLink, vlanId }))
        const there = toMachineSpec(contract({ devices: all, nics: elsewhere }), {
          ...context,
          machineTypes: ['pc-q35-99.0', ...context.machineTypes],
        })
        assert.deepEqual(there, here)
      },
    ),
  )
})

test('A machine survives being stored and read back', () => {
  fc.assert(
    fc.property(devices, nics, (all, some) => {
      const spec = toMachineSpec(contract({ devices: all, nics: some, hostid: '0x1' }), context)
      assert.deepEqual(machineSpec.parse(JSON.parse(JSON.stringify(spec))), spec)
    }),
  )
})

test('bootOrder() goes by bootpri, then by id; data disks are not in it', () => {
  const all = [device(4, { bootpri: 0 }), device(1, { bootpri: 9 }), device(2), device(0, { bootpri: 0 })]
  assert.deepEqual(
    bootOrder(all).map(({ id }) => id),
    [0, 4, 1],
  )
  const spec = toMachineSpec(contract({ devices: all }), context)
  assert.deepEqual(
    spec.disks.map(({ id, bootIndex }) => [id, bootIndex]),
    [
      [4, 1],
      [1, 2],
      [2, undefined],
      [0, 0],
    ],
  )
})

test('bootargs of one boot go before those of the configuration', () => {
  const asConfigured = contract({ bootargs: 'quiet' })
  assert.equal(toMachineSpec(asConfigured, context).bootargs, 'quiet')
  assert.equal(toMachineSpec(asConfigured, { ...context, bootargs: 'single' }).bootargs, 'single')
  assert.equal(toMachineSpec(asConfigured, { ...context, bootargs: '' }).bootargs, '')
})

test('What a machine cannot have is refused, with the resource and a remedy', () => {
  const cases = [
    [{ devices: [device(1, { storage: undefined, match: '/dev/sdb' })] }, 'DEVICE_BY_MATCH', /device id=1/],
    [{ devices: [device(14)] }, 'ID_OUT_OF_RANGE', /device id=14/],
    [{ nics: [nic('anet', 10)] }, 'ID_OUT_OF_RANGE', /anet id=10/],
    [{ nics: [nic('net', 2, { macAddress: undefined })] }, 'NO_MAC', /net id=2/],
    [{ hostCompatible: ['level2'] }, 'MACHINE_UNKNOWN', /host-compatible/],
  ] as const
  for (const [more, code, remedy] of cases) {
    const make = () => toMachineSpec(contract(more), { ...context, machineTypes: ['pc-q35-7.2'] })
    assert.throws(make, (error: Error & { code?: string; remedy?: string }) => {
      assert.equal(error.code, code)
      assert.match(error.remedy ?? '', remedy)
      return true
    })
  }
})
