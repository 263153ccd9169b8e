import { ZoneError } from '../../errors.ts'
import { isKnown } from '../../facts/schema.ts'
import { cpuModel } from '../../vm/cpu-class.ts'
import { toMachineSpec } from '../../vm/to-machine-spec.ts'
import type { Contract } from '../../zone/contract.ts'
import { formatSize } from '../../zone/schema/size.ts'
import { verifyConfig } from '../../zone/verify/verify-config.ts'
import type { Result } from '../api.ts'
import type { Host } from '../host.ts'
import { noSuchZone, type Zone } from '../zone.ts'
import { contractOf } from '../zone-registry.ts'

type Problems = Result<'zone/verify'>['problems']

/** Whether this host has what the contract asks of it: the machine, the bridges, the storage. */
async function hostProblems(host: Host, zone: Zone, contract: Contract): Promise<Problems> {
  const problems: Problems = []
  const note = (error: unknown) => {
    if (!(error instanceof ZoneError)) throw error
    problems.push({ message: error.message, remedy: error.remedy ?? null })
  }
  const uris = contract.devices.flatMap(({ storage }) => storage ?? [])
  // What the installation will make does not have to be there yet.
  const needed = zone.state === 'configured' ? uris.filter((uri) => !uri.startsWith('file:')) : uris
  const cpu = cpuModel(contract.cpuArch)
  const { hypervisor, links, storage, memory, cpuModels } = await host.knowledge.facts(needed, [cpu])
  if (isKnown(hypervisor)) {
    const { machineTypes, accelerator } = hypervisor.known
    try {
      toMachineSpec(contract, { uuid: zone.record.uuid ?? crypto.randomUUID(), accelerator, machineTypes })
    } catch (error) {
      note(error)
    }
  } else problems.push({ message: hypervisor.unknown, remedy: hypervisor.remedy?.join('; ') ?? null })
  const bridges = isKnown(links)
    ? links.known.filter(({ kind }) => kind === 'bridge').map(({ name }) => name)
    : []
  for (const { kind, id, lowerLink } of contract.nics) {
    if (lowerLink === 'auto' || bridges.includes(lowerLink) || process.getuid?.() !== 0) continue
    const known = bridges.length === 0 ? 'This host has no bridge' : `This host has: ${bridges.join(', ')}`
    problems.push({ message: `${kind} ${id}: there is no bridge "${lowerLink}" on this host`, remedy: known })
  }
  if (isKnown(memory) && contract.memory.physicalBytes > memory.known.totalBytes) {
    const has = `${Math.floor(memory.known.totalBytes / 1024 ** 2)}M`
    const message = `capped-memory: physical is ${formatSize(contract.memory.physicalBytes)}, this host has ${has} in all`
    problems.push({ message, remedy: `zonecfg -z ${zone.name} 'select capped-memory; set physical=4G; end'` })
  }
  if (isKnown(cpuModels)) {
    const lacking = cpuModels.known.find(({ name }) => name === cpu)?.unavailableFeatures
    const clear = `zonecfg -z ${zone.name} 'clear cpu-arch'`
    if (lacking === undefined) {
      problems.push({
        message: `cpu-arch: QEMU here knows no CPU "${contract.cpuArch ?? cpu}"`,
        remedy: clear,
      })
    } else if (lacking.length > 0) {
      problems.push({ message: `cpu-arch: this host lacks ${lacking.join(', ')}`, remedy: clear })
    }
  }
  if (isKnown(storage)) {
    for (const probe of storage.known) {
      if (!('error' in probe)) continue
      const remedy = `Check that it is up and that this host may use it, then look again: suriadm lookup-mapping ${probe.uri}`
      problems.push({ message: probe.error, remedy })
    }
  }
  return problems
}

/** All that stands against installing or booting the zone here. */
export async function verifyZone(host: Host, zone: Zone): Promise<Problems> {
  const stored = await host.registry.config(zone.name)
  if (stored === undefined) throw noSuchZone(zone.name)
  const findings = verifyConfig(stored.config, { zonename: zone.name }).filter(
    ({ severity }) => severity === 'error',
  )
  if (findings.length > 0) return findings.map(({ message, remedy }) => ({ message, remedy: remedy ?? null }))
  return hostProblems(host, zone, contractOf(stored.config, zone.name))
}
