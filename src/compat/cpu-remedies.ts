import type { BootRecord, CpuModel } from '../facts/schema.ts'
import { isKnown } from '../facts/schema.ts'
import type { Contract } from '../zone/contract.ts'
import { modelsByName } from './facts-index.ts'
import { changeAndReboot, configureBoth, moveWhileDown } from './remedies.ts'
import type { Context, RemedyDraft } from './rule.ts'

type Models = readonly CpuModel[]

/** Ways out of a CPU that the target cannot make: the best class that both hosts have, or none and the zone stays. */
export function cpuRemedies(
  context: Context,
  booted: BootRecord,
  models: { readonly here: Models | undefined; readonly there: Models },
  existing: Contract | null | undefined,
): RemedyDraft[] {
  const { zone, source, target } = context
  const targetHasOne = existing !== undefined && existing !== null
  const best = bestClass(booted, models.here, models.there)
  if (best === undefined) {
    return [
      {
        how: `Choose another target: ${source.host.name} and ${target.host.name} have no CPU class in common`,
      },
      moveWhileDown(context, targetHasOne),
    ]
  }
  return [
    {
      how: `Set cpu-arch=${best}, the best CPU class that ${source.host.name} and ${target.host.name} have in common, and reboot`,
      commands: changeAndReboot(zone, configureBoth(zone.name, targetHasOne, `set cpu-arch=${best}`)),
    },
  ]
}

/** The class with the most features that both hosts give in full, if it is not what the guest has already. */
function bestClass(booted: BootRecord, here: Models | undefined, there: Models): string | undefined {
  const common = there.filter(
    (model) =>
      model.cpuArch !== undefined &&
      model.name !== booted.cpuModel &&
      isGiven(model) &&
      (here === undefined || isGiven(modelsByName(here).get(model.name))),
  )
  return common.toSorted((a, b) => featureCount(b) - featureCount(a))[0]?.cpuArch
}

function isGiven(model: CpuModel | undefined): boolean {
  return model !== undefined && isKnown(model.features) && model.unavailableFeatures.length === 0
}

function featureCount({ features }: CpuModel): number {
  return isKnown(features) ? features.known.length : 0
}
