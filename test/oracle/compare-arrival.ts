import { faultsOf, type GuestReport, lastReport, machineDifferences } from './guest/report.ts'
import type { HostConnections } from './host-connections.ts'

/**
 * What can become of a migration that is really tried. The guest goes on with all that it had; or the machine cannot be
 * made there, or QEMU does not load the guest into it; or it goes on, but in another machine or connected to something else; or it
 * does not go on, or has lost some of its memory or its disks.
 */
export const outcomes = ['works', 'refused', 'another machine', 'corrupted'] as const
export type Outcome = (typeof outcomes)[number]

/** What became of a guest that was to move, and what was seen, in words. */
export interface Arrival {
  readonly outcome: Outcome
  readonly words: readonly string[]
}

export interface Observation {
  /** What the guest reported on the source, and twice on the target, as text. */
  readonly before: string
  readonly first: string
  readonly last: string
  readonly connectedBefore: HostConnections
  readonly connected: HostConnections
}

/** Judges by what the guest reports, and by what its machine is connected to, whether it goes on as it was. */
export function compareArrival(observation: Observation): Arrival {
  const { connectedBefore, connected } = observation
  const [before, first, last] = [observation.before, observation.first, observation.last].map(reportIn)
  if (before === undefined || first === undefined || last === undefined)
    throw new Error('A report is missing')
  const broken = [
    ...faultsOf(last),
    ...(first.round >= before.round && last.round > first.round ? [] : ['the guest stands still']),
  ]
  if (broken.length > 0) return { outcome: 'corrupted', words: broken }
  const changed = [...seen(before, last), ...reconnected(connectedBefore, connected)]
  if (changed.length > 0) return { outcome: 'another machine', words: changed }
  return { outcome: 'works', words: [] }
}

function reportIn(text: string): GuestReport {
  const report = lastReport(text)
  if (report === undefined) throw new Error('The guest has not reported')
  return report
}

/** What the guest sees otherwise, of its CPU with the values. */
function seen(before: GuestReport, after: GuestReport): string[] {
  return machineDifferences(before, after).map((place) => {
    const [kind, leaf, subleaf] = place.split(' ')
    if (kind !== 'cpuid') return `the guest sees another ${place}`
    const [was, is] = [before, after].map(({ machine }) => machine.get(place) ?? 'nothing')
    return `the guest sees another CPU: leaf ${leaf}.${subleaf} was ${was}, is ${is}`
  })
}

function reconnected(before: HostConnections, after: HostConnections): string[] {
  const changes = [
    changeOf(nicsOf(before), nicsOf(after)),
    changeOf(before.disks, after.disks),
    ...before.nics.map(({ to, mtu }) => {
      // A larger one is no loss: what the guest was told still holds.
      const there = after.nics.find((nic) => nic.to === to)
      return there === undefined || there.mtu >= mtu ? undefined : `${to}: not ${mtu} bytes, but ${there.mtu}`
    }),
  ]
  return changes.flatMap((change) => (change === undefined ? [] : [`on the host: ${change}`]))
}

const nicsOf = ({ nics }: HostConnections) => nics.map(({ to }) => to)

function changeOf(before: readonly string[], after: readonly string[]): string | undefined {
  const gone = before.filter((item) => !after.includes(item)).map((item) => `not ${item}`)
  const come = after.filter((item) => !before.includes(item)).map((item) => `but ${item}`)
  return gone.length + come.length === 0 ? undefined : [...gone, ...come].join(', ')
}
