import { type CpuModel, isKnown } from '../../facts/schema.ts'
import { cpuRemedies } from '../cpu-remedies.ts'
import { modelsByName, wordSet } from '../facts-index.ts'
import { perObject } from '../per-object.ts'
import { rule } from '../rule.ts'

export const cpuFeatures = rule({
  id: 'cpu/features',
  title: 'The target gives the guest every CPU feature it has now',
  doc:
    'A guest looks at its CPU once, when it boots, and from then on uses what it found. A feature that is gone where ' +
    'it goes on makes it crash at the next use, maybe hours later. Compared are the features that the running guest ' +
    "was really given, not those of the model's definition: the same model can mean less in another QEMU. The remedy is a common class in cpu-arch: it takes " +
    'effect at the next boot.',
  remedy: 'Set cpu-arch to a class that both hosts have, and reboot the zone.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.cpuModels' },
  wants: { here: 'source.cpuModels', existing: 'targetContract' },
  check({ booted, there, here, existing }, context) {
    const model = modelsByName(there).get(booted.cpuModel)
    // What QEMU there does not know, or could not make in full, is the matter of cpu/model.
    if (model === undefined || !isKnown(model.features)) return []
    const missing = missingFeatures(model)(booted.cpuFeatures)
    if (missing.length === 0) return []
    const names = missing.toSorted().join(', ')
    return [
      {
        property: 'cpu-arch',
        source: `the guest has ${names}`,
        target: `${booted.cpuModel} there is without ${names}`,
        why: 'The guest found these CPU features at its boot and crashes when it uses one that is gone',
        remedies: cpuRemedies(context, booted, { here, there }, existing),
      },
    ]
  },
})

/** Most guests of a class have the same features: each list is compared with a host's only once. */
const missingFeatures = perObject((model: CpuModel) => {
  const offered = isKnown(model.features) ? wordSet(model.features.known) : new Set()
  const answers = new Map<string, readonly string[]>()
  return (features: readonly string[]): readonly string[] => {
    const key = joined(features).text
    const known = answers.get(key)
    if (known !== undefined) return known
    const missing = features.filter(
      (feature) => !offered.has(feature) && !model.unavailableFeatures.includes(feature),
    )
    answers.set(key, missing)
    return missing
  }
})

const joined = perObject((words: readonly string[]) => ({ text: words.join() }))
