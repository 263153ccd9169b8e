import { z } from 'zod'
import { retryUntil } from '../../util/retry-until.ts'
import { runCommand } from '../../util/run-command.ts'
import { linkName } from '../../vm/network.ts'
import type { RunningZone } from '../zone.ts'

/** A guest is announced as soon as it goes on; a bridge that has heard nothing by then is on another network. */
const patience = { timeoutMs: 500, intervalMs: 2 }

const entries = z.array(z.object({ mac: z.string(), ifname: z.string(), state: z.string().optional() }))

/**
 * Waits until the bridges of this host hear all NICs of a guest from another of their ports than the guest's own: from then
 * on what is sent to it arrives where it is now.
 *
 * @returns when, on the clock of `performance.now()`, late by some milliseconds at most; undefined: it has no NIC on a
 *   bridge, or one was not heard
 */
export async function heardElsewhere({ spec, links }: RunningZone['machine']): Promise<number | undefined> {
  const own = new Map(
    spec.nics.flatMap((nic) => {
      const link = linkName(spec.uuid, nic)
      return links.includes(link) ? [[nic.macAddress, link]] : []
    }),
  )
  if (own.size === 0) return undefined
  try {
    return await retryUntil(async () => {
      const { stdout } = await runCommand('bridge', ['-j', 'fdb', 'show'])
      const heard = entries
        .parse(JSON.parse(stdout || '[]'))
        .filter(({ mac, ifname, state }) => state !== 'permanent' && own.has(mac) && own.get(mac) !== ifname)
      return new Set(heard.map(({ mac }) => mac)).size === own.size ? performance.now() : undefined
    }, patience)
  } catch {
    // What the network does is told for information alone.
    return undefined
  }
}
