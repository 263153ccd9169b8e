import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { QmpConnection, QmpWaitOptions } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { cpuDefinitionsSchema, machinesSchema, migrationCapabilitiesSchema } from '../qmp/schemas.ts'
import { definedFeatures } from './cpu-features.ts'
import type { CpuModel, Fact, Hypervisor } from './schema.ts'

/** The arguments of a QEMU that is only asked. Which features a CPU can have hangs on machine and accelerator. */
export function questionArguments(accelerator: 'kvm' | 'tcg'): string[] {
  return [
    '-machine',
    'q35',
    '-accel',
    accelerator,
    '-m',
    '16',
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-S',
  ]
}

/** All but the devices, which are asked one by one, and the reason, which QEMU does not know. */
export type HypervisorSelf = Omit<Hypervisor, 'devices' | 'acceleratorReason'>

/** Asks a QEMU that was started with `questionArguments()` what it offers. */
export async function queryHypervisor(
  qmp: QmpConnection,
  accelerator: 'kvm' | 'tcg',
  options: QmpWaitOptions = {},
): Promise<HypervisorSelf> {
  const [machines, capabilities, tlsPsk] = await Promise.all([
    qmp.execute('query-machines', {}, { ...options, schema: machinesSchema }),
    qmp.execute('query-migrate-capabilities', {}, { ...options, schema: migrationCapabilitiesSchema }),
    canMakePskCredentials(qmp, options),
  ])
  const { major, minor, micro } = qmp.version.qemu
  return {
    qemuVersion: `${major}.${minor}.${micro}`,
    accelerator,
    machineTypes: machines
      .flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias]))
      .toSorted(),
    capabilities: capabilities.map(({ capability }) => capability).toSorted(),
    tlsPsk,
  }
}

/**
 * Whether QEMU has a device model. `qom-list-types` would name them all, but for that QEMU loads every module there is,
 * and aborts if one is of another build, as beside a second QEMU or halfway through an upgrade.
 *
 * @param kind as `-device` takes it
 */
export async function hasDevice(
  qmp: QmpConnection,
  kind: string,
  options: QmpWaitOptions = {},
): Promise<boolean> {
  try {
    await qmp.execute('device-list-properties', { typename: kind }, options)
    return true
  } catch (error) {
    if (error instanceof QmpError && error.qmpClass === 'DeviceNotFound') return false
    throw error
  }
}

/**
 * Makes such an object and removes it: a QEMU built without GnuTLS knows the type and refuses the object. The client's end,
 * since for the server's QEMU would make a group for the key exchange, which takes up to a second.
 */
async function canMakePskCredentials(qmp: QmpConnection, options: QmpWaitOptions): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'kz-psk-'))
  try {
    await writeFile(join(dir, 'keys.psk'), `qemu:${'5a'.repeat(32)}\n`, { mode: 0o600 })
    const id = 'kz-psk-probe'
    await qmp.execute('object-add', { 'qom-type': 'tls-creds-psk', id, endpoint: 'client', dir }, options)
    await qmp.execute('object-del', { id }, options)
    return true
  } catch (error) {
    if (error instanceof QmpError) return false
    throw error
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The CPU models that QEMU knows, and what this host lacks of each; an alias is an entry of its own. */
export async function queryCpuModels(
  qmp: QmpConnection,
  options: QmpWaitOptions = {},
): Promise<Map<string, readonly string[]>> {
  const models = await qmp.execute('query-cpu-definitions', {}, { ...options, schema: cpuDefinitionsSchema })
  return new Map(models.map((model) => [model.name, model['unavailable-features'] ?? []]))
}

/**
 * What a guest with this CPU is given on this host.
 *
 * QEMU tells of its named models what the host lacks (`known`), not of a model with features added. An added feature is
 * there exactly if the model `max` has it.
 *
 * @param cpu as `-cpu` takes it
 */
export async function queryCpu(
  qmp: QmpConnection,
  cpu: string,
  known: ReadonlyMap<string, readonly string[]>,
  options: QmpWaitOptions = {},
): Promise<CpuModel> {
  const lacking = known.get(cpu.split(',', 1)[0] ?? '') ?? []
  try {
    const [wanted, plain, max] = await Promise.all([
      definedFeatures(qmp, cpu, options),
      definedFeatures(qmp, cpu.split(',', 1)[0] ?? '', options),
      definedFeatures(qmp, 'max', options),
    ])
    const added = wanted.difference(plain).difference(max)
    const unavailable = wanted.intersection(new Set(lacking)).union(added)
    return model(cpu, unavailable, { known: [...wanted.difference(unavailable)].toSorted() })
  } catch (error) {
    if (!(error instanceof QmpError)) throw error
    return model(cpu, lacking, { unknown: error.desc })
  }
}

function model(name: string, unavailable: Iterable<string>, features: Fact<string[]>): CpuModel {
  return { name, unavailableFeatures: [...unavailable].toSorted(), features }
}
