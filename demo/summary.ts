import type { DiskReport } from '../test/guest/counter-disk.ts'
import type { Evidence } from './demonstration.ts'
import type { WatchReport } from './guest-watch.ts'
import type { Narrator } from './narrator.ts'

const unknown = 'not told'

/**
 * Prints what was seen and judges it.
 * @returns whether all held that a live migration promises
 */
export function summarize(narrator: Narrator, { checks, figures, watch, ...disks }: Evidence): boolean {
  const { total = unknown, paused = unknown, pausedByQemu, sent = unknown } = figures
  narrator.step('What was seen')
  const held = [
    show('Checked', `${checks ?? unknown} rules, all passed`, checks !== undefined),
    show('Moved', `in ${total} from the command to the last clean-up, ${sent} of memory sent`),
    show('Paused', `${paused} says kzone${pausedByQemu === undefined ? '' : `, ${pausedByQemu} says QEMU`}`),
    ...(watch === undefined ? [] : watched(watch)),
    onDisk(disks.diskBefore, disks.diskAfter),
  ]
  return !held.includes(false)

  function show(label: string, text: string, isHeld = true): boolean {
    narrator.result(label, text, isHeld)
    return isHeld
  }

  function watched({ pings, counter }: WatchReport): boolean[] {
    const { sent: pingsSent, lost, longestGapMs } = pings
    const { first, last, gaps, damaged, isDisconnected } = counter
    const faults = [
      ...gaps.map(({ after, next }) => `${after} is followed by ${next}`),
      ...(damaged.length === 0 ? [] : [`${damaged.length} lines damaged`]),
      ...(isDisconnected ? ['the connection broke'] : []),
    ]
    const isUnbroken = faults.length === 0 && last !== undefined
    return [
      show('Pings', `${pingsSent} sent, ${lost} lost, longest silence ${Math.round(longestGapMs)} ms`),
      show(
        'Counter',
        `${first} to ${last} ${isUnbroken ? 'without a gap, on one TCP connection' : faults.join('; ')}`,
        isUnbroken,
      ),
    ]
  }

  function onDisk(before: DiskReport, after: DiskReport): boolean {
    const [from, to] = [before.newest, after.newest]
    const faults = [
      ...after.faults,
      ...(from?.bootId === to?.bootId && after.bootIds.length === 1 ? [] : ['the guest has booted again']),
      ...((to?.number ?? 0) > (from?.number ?? 0) ? [] : ['the guest has stopped to write']),
    ]
    const isUnbroken = faults.length === 0
    return show(
      'Disk',
      `${from?.number} before, ${to?.number} after: ${isUnbroken ? 'same boot, no record missing' : faults.join('; ')}`,
      isUnbroken,
    )
  }
}
