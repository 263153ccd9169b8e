import { rule } from '../rule.ts'

export const protocolVersion = rule({
  id: 'protocol/version',
  title: 'Both hosts speak a common version of the migration protocol',
  doc:
    'Each kzone speaks a range of protocol versions. If the ranges of the two hosts do not meet, the older kzone has to ' +
    'be brought up to date; zones go on running meanwhile.',
  remedy: 'Bring the older kzone up to date; zones go on running.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: {},
  check(_, { source, target }) {
    const [here, there] = [source.kzone, target.kzone]
    const overlap =
      Math.max(here.protocol.min, there.protocol.min) <= Math.min(here.protocol.max, there.protocol.max)
    if (overlap) return []
    const hereIsOlder = here.protocol.max < there.protocol.max
    return [
      {
        property: 'kzone protocol',
        source: describe(here),
        target: describe(there),
        why: 'The two hosts could not agree on the steps of the migration',
        remedies: [
          {
            how: `Install kzone ${hereIsOlder ? there.version : here.version} on ${hereIsOlder ? source.host.name : target.host.name} and restart zonesd; zones go on running`,
          },
        ],
      },
    ]
  },
})

function describe({
  version,
  protocol,
}: {
  version: string
  protocol: { min: number; max: number }
}): string {
  const range = protocol.min === protocol.max ? protocol.min : `${protocol.min} to ${protocol.max}`
  return `${range} (kzone ${version})`
}
