import { roughBytes } from '../bytes.ts'
import { zoneadm } from '../commands.ts'
import { type RemedyDraft, rule } from '../rule.ts'

export const forecastConvergence = rule({
  id: 'forecast/convergence',
  title: 'The memory of the guest can be sent faster than the guest changes it',
  doc:
    'While the memory is being sent the guest goes on and changes it, and what it changes is sent again. If it changes ' +
    'more than can be sent, the transfer goes on until it is cancelled. With -n the check measures both, which takes ' +
    'some seconds, and foretells how long the transfer and the pause at its end will be; without -n nothing is measured.',
  remedy: 'Migrate while the guest does less, or with a faster way for the memory.',
  kinds: ['live'],
  severity: 'warning',
  needs: {},
  wants: { forecast: 'forecast' },
  check({ forecast }, { zone, intent, target }) {
    if (forecast === undefined || forecast === null || forecast.converges) return []
    const { bytesPerSecond, dirtyBytesPerSecond, pauseMs } = forecast
    const inTheClear: RemedyDraft = {
      how: 'Or send the memory in the clear, which is faster, on a network that you trust',
      commands: [zoneadm(zone.name, 'migrate', '-c', 'none', intent.targetUri)],
    }
    return [
      {
        property: 'memory transfer',
        source: `the guest changes ${roughBytes(dirtyBytesPerSecond)} in a second`,
        target: `${target.host.name} gets ${roughBytes(bytesPerSecond)} in a second`,
        why:
          'The transfer would go on until it is cancelled; the rest, sent while the guest stands still, would take ' +
          `about ${(pauseMs / 1000).toFixed(1)} s`,
        remedies: [
          {
            how: 'Migrate while the guest does less; a transfer that does not end can be ended, and the zone goes on here',
            commands: [zoneadm(zone.name, 'migrate', '--cancel')],
          },
          ...(intent.encrypt ? [inTheClear] : []),
        ],
      },
    ]
  },
})
