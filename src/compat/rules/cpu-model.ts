import { isKnown } from '../../facts/schema.ts'
import { cpuRemedies } from '../cpu-remedies.ts'
import { modelsByName } from '../facts-index.ts'
import { lookAgain } from '../look-again.ts'
import { rule } from '../rule.ts'

export const cpuModel = rule({
  id: 'cpu/model',
  title: 'The target can make the CPU of the guest in full',
  doc:
    'The CPU model is what cpu-arch stands for. QEMU is told to refuse a CPU that the host cannot give in full, so a ' +
    'zone whose model the target does not know, or of which it lacks a feature, does not start there in any way.',
  remedy: 'Set cpu-arch to a class that both hosts have, and reboot the zone.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.cpuModels' },
  wants: { here: 'source.cpuModels', existing: 'targetContract', processor: 'target.cpu' },
  check({ booted, there, here, existing, processor }, context) {
    const property = 'cpu-arch'
    const model = modelsByName(there).get(booted.cpuModel)
    const lacking = model?.unavailableFeatures ?? []
    if (model !== undefined && lacking.length === 0) {
      if (isKnown(model.features)) return []
      return [
        {
          property,
          on: 'target',
          unknown: model.features.unknown,
          remedies: [{ ...lookAgain, on: 'target' }],
        },
      ]
    }
    const host = processor === undefined ? '' : ` (${processor.model})`
    return [
      {
        property,
        source: describe(context.contract.cpuArch, booted.cpuModel),
        target:
          model === undefined
            ? `not among the ${there.length} CPU models of its QEMU`
            : `lacks ${lacking.toSorted().join(', ')}${host}`,
        why: 'QEMU there would not start: it cannot make the CPU that the guest runs on',
        remedies: cpuRemedies(context, booted, { here, there }, existing),
      },
    ]
  },
})

function describe(cpuArch: string | undefined, model: string): string {
  return cpuArch === undefined || cpuArch === model ? model : `${cpuArch} (${model})`
}
