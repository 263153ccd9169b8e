import { isKnown } from '../../facts/schema.ts'
import { zoneadm, zonecfg } from '../commands.ts'
import { rule } from '../rule.ts'

export const cpuFeatures = rule({
  id: 'cpu/features',
  title: 'The target gives the guest every CPU feature it has now',
  doc:
    'A guest looks at its CPU once, when it boots, and from then on uses what it found. A feature that is gone where ' +
    'it goes on makes it crash at the next use, maybe hours later. Compared are the features that the running guest ' +
    "was really given, not those of the model's definition. The remedy is a common class in cpu-arch: it takes " +
    'effect at the next boot.',
  remedy: 'Set cpu-arch to a class that both hosts have, and reboot the zone.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', models: 'target.cpuModels' },
  *check({ booted, models }, { zone, target }) {
    const model = models.find(({ name }) => name === booted.cpuModel)
    // A model that is not known there is the matter of cpu/model.
    if (model === undefined) return
    const property = `cpu-arch (features of ${booted.cpuModel})`
    if (!isKnown(model.features)) {
      yield { property, on: 'target', unknown: model.features.unknown, remedies: [] }
      return
    }
    const missing = [...new Set(booted.cpuFeatures).difference(new Set(model.features.known))].toSorted()
    if (missing.length === 0) return
    yield {
      property,
      source: `has ${missing.join(', ')}`,
      target: `lacks ${missing.join(', ')}`,
      why: 'The guest has found these at boot and crashes when it uses one that is gone',
      remedies: [
        {
          how: `Set a CPU class that ${target.host.name} has too, and reboot`,
          commands: [zonecfg(zone.name, 'set cpu-arch=CLASS'), zoneadm(zone.name, 'reboot')],
        },
      ],
    }
  },
})
