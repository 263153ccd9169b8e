import { zoneadm, zonecfg } from '../commands.ts'
import { rule } from '../rule.ts'

export const configurationKey = rule({
  id: 'configuration/key',
  title: 'Both configurations have the same encryption key',
  doc:
    'keysource gives the key of the host data on the boot disk and of the suspend image. If the target has a ' +
    'configuration of the zone, its key is the one used there: with another one the zone cannot be attached or resumed. ' +
    'A key that is named by a URI has to be at hand on the target, too. ' +
    'The keys themselves are not compared and not sent: each host makes a proof of its key from a random challenge, ' +
    'and equal keys give equal proofs.',
  remedy: "Delete the target's configuration: the migration then imports the source's, with its key.",
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { keys: 'keys', existing: 'targetContract' },
  *check({ keys, existing }, { zone, intent }) {
    if (existing === null && keys === null) return
    const property = 'keysource:raw'
    if (keys === null) {
      const unknown = 'nobody has compared the keys of the two hosts'
      const compare = zoneadm(zone.name, 'migrate', '-n', intent.targetUri)
      const remedies = [{ how: 'Let the two hosts compare them', commands: [compare] }]
      yield { property, on: 'target', unknown, remedies }
      return
    }
    const { here, there } = keys
    if (here === there) return
    yield {
      property,
      source: here === null ? 'no key' : 'a key (it is not shown)',
      target: there === null ? 'no key' : here === null ? 'a key (it is not shown)' : 'another key',
      why: "The target's key is the one used there: it would not open what was written with the source's",
      remedies: [
        existing === null
          ? { how: 'Put the same key where keysource:uri leads on the target', on: 'target' }
          : {
              how: "Delete the target's configuration: the migration then imports the source's, with its key",
              on: 'target',
              commands: [zonecfg(zone.name, 'delete -F')],
            },
      ],
    }
  },
})
