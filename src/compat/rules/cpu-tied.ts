import type { BootRecord, CpuModel, Hypervisor, Processor } from '../../facts/schema.ts'
import { cpuRemedies } from '../cpu-remedies.ts'
import { modelsByName, wordSet } from '../facts-index.ts'
import { rule } from '../rule.ts'

/** Models of QEMU that mean "whatever this host has". */
const hostModels = ['host', 'max']

export const cpuTied = rule({
  id: 'cpu/tied',
  title: 'The CPU of the guest is not tied to one host',
  doc:
    'The models host and max of QEMU mean another CPU on each host and in each QEMU, with family, model and caches ' +
    'that no list of features shows. An invariant TSC (invtsc) promises the guest a clock that runs at the speed of ' +
    'one host for ever. Neither survives a move to a processor of another kind. ' +
    'What QEMU makes up itself can change with its version, too: under TCG the models of real processors (SYSCALL of ' +
    "Intel's), and everywhere the width of the addresses of 32-bit models. The classes of cpu-arch do not change.",
  remedy: 'Set cpu-arch to a class that both hosts have, and reboot the zone.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: {
    booted: 'boot',
    here: 'source.cpu',
    there: 'target.cpu',
    theirs: 'target.cpuModels',
    hypervisor: 'target.hypervisor',
  },
  wants: { ours: 'source.cpuModels', existing: 'targetContract' },
  *check({ booted, here, there, theirs, hypervisor, ours, existing }, context) {
    const tie =
      toClock(booted, here, there) ??
      toProcessor(booted, here, there) ??
      toVersion(booted, modelsByName(theirs).get(booted.cpuModel), hypervisor)
    if (tie === undefined) return
    const remedies = cpuRemedies(context, booted, { here: ours, there: theirs }, existing)
    yield { property: 'cpu-arch', ...tie, remedies }
  },
})

interface Tie {
  readonly source: string
  readonly target: string
  readonly why: string
}

function toClock({ cpuFeatures }: BootRecord, here: Processor, there: Processor): Tie | undefined {
  if (!wordSet(cpuFeatures).has('invtsc')) return undefined
  return {
    source: `invariant TSC (invtsc) on ${here.model}`,
    target: there.model,
    why: 'The guest counts on a clock that runs at the speed of the host that it leaves',
  }
}

function hostModelOf({ cpuModel }: BootRecord): string | undefined {
  return hostModels.find((name) => cpuModel === name || cpuModel.startsWith(`${name},`))
}

function toProcessor(booted: BootRecord, here: Processor, there: Processor): Tie | undefined {
  const model = hostModelOf(booted)
  if (model === undefined || here.model === there.model) return undefined
  return {
    source: `${model} on ${here.model}`,
    target: there.model,
    why: 'The CPU of the guest is that of its host and would change under the running guest',
  }
}

/** @param model on the target; undefined: it has none of that name, which is the matter of cpu/model */
function toVersion(booted: BootRecord, model: CpuModel | undefined, there: Hypervisor): Tie | undefined {
  const isClass = model === undefined || model.cpuArch !== undefined
  if (isClass || minor(booted.qemuVersion) === minor(there.qemuVersion)) return undefined
  const isMadeUp = booted.accelerator === 'tcg' || !wordSet(booted.cpuFeatures).has('lm')
  if (!isMadeUp && hostModelOf(booted) === undefined) return undefined
  return {
    source: `${booted.cpuModel} of QEMU ${booted.qemuVersion} (${booted.accelerator})`,
    target: `${booted.cpuModel} of QEMU ${there.qemuVersion}`,
    why: 'This model is not quite the same CPU in each version of QEMU: it would change under the running guest',
  }
}

const minor = (version: string) => version.split('.', 2).join('.')
