import { shutdownTimeoutMs } from '../../../agent/lifecycle/shutdown-timeout.ts'
import { Exit } from '../../../errors.ts'
import { bootArguments } from '../../boot-arguments.ts'
import { type ZoneContext, zoneCommand } from '../../command.ts'
import { showLines } from '../../show-lines.ts'
import { StatusLine } from '../../status-line.ts'
import { usageError } from '../../usage-error.ts'

const tickMs = 1_000

export const shutdown = zoneCommand({
  name: 'shutdown',
  summary: 'Ask the guest to shut down, and wait until it has',
  synopsis: '[-r [-- bootargs]]',
  operands: ['bootargs...'],
  options: { reboot: { type: 'boolean', short: 'r', help: 'boot it again afterwards' } },
  details: [
    `It waits up to ${shutdownTimeoutMs / 1000} s. Ctrl-C ends the waiting alone: the guest has been asked by then.`,
  ],

  async run(context, operands, { reboot = false }) {
    const { zone, signal, agent } = context
    if (operands.length > 0 && !reboot) throw usageError('boot arguments need -r')
    const params = { zone, reboot, bootargs: bootArguments(operands) }
    using _waiting = showWaiting(context)
    await (await agent()).call('zone/shutdown', params, { signal, onProgress: showLines(context) })
    return Exit.ok
  },
})

/** On a terminal: what is waited for, how long it can take, and how not to wait. */
function showWaiting({ zone, io }: Pick<ZoneContext, 'zone' | 'io'>): Disposable {
  const line = new StatusLine(io.stderr)
  const startedAtMs = performance.now()
  const show = () => {
    const seconds = Math.floor((performance.now() - startedAtMs) / 1000)
    line.update((columns) =>
      `${zone}: the guest shuts down: ${seconds} of at most ${shutdownTimeoutMs / 1000} s (at once: Ctrl-C, then zoneadm -z ${zone} halt)`.slice(
        0,
        columns,
      ),
    )
  }
  show()
  const timer = setInterval(show, tickMs)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      line[Symbol.dispose]()
    },
  }
}
