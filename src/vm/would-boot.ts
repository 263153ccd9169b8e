import { backingPages, normalPageBytes } from '../compat/backing-pages.ts'
import { ZoneError } from '../errors.ts'
import { type BootRecord, type Fact, type HostFacts, isKnown } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import { foretellBoot } from './foretell-boot.ts'
import { type MachineContext, toMachineSpec } from './to-machine-spec.ts'

/** What a zone with this contract would boot with on a host now; unknown, with the reason, if it would not. */
export function wouldBoot(
  contract: Contract,
  facts: HostFacts,
  { uuid, directBoot }: Pick<MachineContext, 'uuid' | 'directBoot'>,
): Fact<BootRecord> {
  const { hypervisor, hugepages } = facts
  if (!isKnown(hypervisor)) return hypervisor
  if (!isKnown(hugepages)) return hugepages
  const { accelerator, machineTypes } = hypervisor.known
  const backing = backingPages(contract.memory, hugepages.known)
  // Pages that are not there at the moment are still the ones that the zone wants.
  const pageBytes = backing.from === 'normal' ? normalPageBytes : (backing.sizeBytes ?? normalPageBytes)
  try {
    const spec = toMachineSpec(contract, {
      uuid,
      accelerator,
      machineTypes,
      ...(directBoot === undefined ? {} : { directBoot }),
    })
    return foretellBoot(spec, { pageBytes, facts })
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    return { unknown: `it does not boot on ${facts.host.name}: ${error.message}` }
  }
}
