import { roughBytes } from '../bytes.ts'
import { zoneadm } from '../commands.ts'
import { migrateWith } from '../remedies.ts'
import { type RemedyDraft, rule } from '../rule.ts'

/** QEMU lets no guest stand still for longer than 2000 s; a guest that would need half of that is better suspended. */
const mostPauseMs = 1_000_000

export const forecastConvergence = rule({
  id: 'forecast/convergence',
  title: 'The memory of the guest can be sent faster than the guest changes it',
  doc:
    'While the memory is being sent the guest goes on and changes it, and what it changes is sent again. If it changes ' +
    'more than can be sent, the guest is slowed down step by step, and if even that does not help the transfer is given up ' +
    'and the guest goes on where it was, unless --postcopy lets it go on at the target before all of its memory is there. A ' +
    'longer pause (--max-pause) is tried before that. With -n the check measures both, which takes ' +
    'some seconds, and foretells how long the transfer and the pause at its end will be; without -n nothing is measured.',
  remedy: 'Migrate while the guest does less, or with a faster way for the memory.',
  kinds: ['live'],
  severity: 'warning',
  needs: {},
  wants: { forecast: 'forecast' },
  check({ forecast }, context) {
    const { zone, intent, target } = context
    if (forecast === undefined || forecast === null) return []
    const { converges, bytesPerSecond, dirtyBytesPerSecond, pauseMs, slowedPercent } = forecast
    if (converges && slowedPercent === undefined) return []
    const longer: RemedyDraft = {
      how: 'Allow the guest to stand still for so long at the end',
      commands: [migrateWith(context, '--max-pause', pauseOf(pauseMs))],
    }
    const postcopy: RemedyDraft = {
      how: 'Let it go on there before all of its memory is there; if a host fails before it is, the guest is lost',
      commands: [migrateWith(context, '--postcopy')],
    }
    const inTheClear: RemedyDraft = {
      how: 'Send the memory in the clear, which is faster, on a network that you trust',
      commands: [migrateWith(context, '-c', 'none')],
    }
    return [
      {
        property: 'memory transfer',
        source: `the guest changes ${roughBytes(dirtyBytesPerSecond)} in a second`,
        target: `${target.host.name} gets ${roughBytes(bytesPerSecond)} in a second`,
        why: converges
          ? `The guest would have to stand still for about ${slowedPercent} % of the time until it has moved`
          : `The guest would be slowed down for it, and may ${intent.postcopy === true ? 'end up in post-copy' : 'go on here'} after all; the rest, sent while the guest stands ` +
            `still, would take about ${(pauseMs / 1000).toFixed(1)} s`,
        remedies: oneOf([
          ...(converges || pauseMs > mostPauseMs ? [] : [longer]),
          ...(intent.postcopy === true ? [] : [postcopy]),
          { how: 'Migrate while the guest does less' },
          {
            how: 'Suspend it, if its suspend image is on shared storage: it stands still while its memory is written',
            commands: [zoneadm(zone.name, 'suspend'), migrateWith(context)],
          },
          ...(intent.encrypt ? [inTheClear] : []),
        ]),
      },
    ]
  },
})

/** As `--max-pause` takes it, with a fifth to spare. */
function pauseOf(ms: number): string {
  return `${Math.ceil((1.2 * ms) / 1000)}s`
}

/** Remedies of which one will do. */
function oneOf(remedies: readonly RemedyDraft[]): RemedyDraft[] {
  return remedies.map((remedy, index) =>
    index === 0
      ? remedy
      : { ...remedy, how: `Or ${remedy.how.charAt(0).toLowerCase()}${remedy.how.slice(1)}` },
  )
}
