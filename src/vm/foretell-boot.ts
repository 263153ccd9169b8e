import { biosName } from '../facts/firmware.ts'
import { type BootRecord, type Fact, type HostFacts, isKnown } from '../facts/schema.ts'
import { bootedMachine } from './booted-machine.ts'
import type { MachineSpec } from './schema.ts'

export interface ForetellOptions {
  /** Size of the pages that would back the guest's memory, in bytes. */
  readonly pageBytes: number
  /** Of the host on which it would boot, as they are now or as they were saved. */
  readonly facts: HostFacts
}

/**
 * What a guest would boot with on a host, for a zone that does not run: its machine, and of the CPU what QEMU there
 * gives. Unknown, with the reason, if the host's facts do not tell.
 */
export function foretellBoot(spec: MachineSpec, { pageBytes, facts }: ForetellOptions): Fact<BootRecord> {
  const { hypervisor, cpuModels } = facts
  if (!isKnown(hypervisor)) return hypervisor
  if (!isKnown(cpuModels)) return cpuModels
  const model = cpuModels.known.find(({ name }) => name === spec.cpu)
  if (model === undefined) {
    return { unknown: `QEMU on ${facts.host.name} has not been asked for the CPU "${spec.cpu}"` }
  }
  if (!isKnown(model.features)) return model.features
  const { qemuVersion, accelerator } = hypervisor.known
  return {
    known: {
      ...bootedMachine(spec),
      cpuFeatures: model.features.known,
      accelerator,
      pagesizeBytes: pageBytes,
      qemuVersion,
      firmware: firmwareOf(facts),
      tscFrequencyHz: accelerator === 'kvm' && isKnown(facts.tsc) ? facts.tsc.known.frequencyHz : null,
      // kzone itself locks nothing; what is locked later is read of the running guest.
      lockedBytes: 0,
    },
  }
}

/** The build that QEMU would load into the guest. */
function firmwareOf({ firmware, host }: HostFacts): BootRecord['firmware'] {
  if (!isKnown(firmware)) return firmware
  const bios = firmware.known.find(({ name }) => name === biosName)
  if (bios === undefined) return { unknown: `QEMU on ${host.name} has no ${biosName}` }
  return { known: { sizeBytes: bios.sizeBytes, sha256: bios.sha256 } }
}
