import type { Socket } from 'node:net'
import { ZoneError } from '../errors.ts'
import { connectUnix } from '../transport/unix.ts'
import type { HostLayout } from '../util/host-layout.ts'
import { dialAgent } from './client.ts'
import { formatGreeting } from './greeting.ts'

/** The address of this host that the ssh client has reached: third word of SSH_CONNECTION, see ssh(1). */
export function reachedAddress(sshConnection: string | undefined): string | undefined {
  return sshConnection?.split(' ')[2]
}

/**
 * Joins standard input and output to this host's zonesd: what another host runs here over ssh.
 *
 * @throws ZoneError AGENT_ENDED: it was zonesd that ended it
 */
export async function dialStdio(layout: HostLayout): Promise<void> {
  const socket = await dialAgent(layout)
  const address = reachedAddress(process.env['SSH_CONNECTION'])
  socket.write(formatGreeting({ kzone: 1, via: 'ssh', ...(address === undefined ? {} : { address }) }))
  await join(socket)
  // The other host's zonesd shows it to its operator.
  if (!process.stdin.readableEnded) {
    throw new ZoneError('has ended, or has closed the conversation', { code: 'AGENT_ENDED' })
  }
}

/**
 * Joins standard input and output to the QEMU of a zone that waits here for the rest of its memory.
 *
 * @throws ZoneError NOT_WAITING
 */
export async function dialRest(layout: HostLayout, zone: string): Promise<void> {
  const socket = await connectUnix(layout.restSocket(zone))
  if (socket === undefined) {
    throw new ZoneError(`zone '${zone}': does not wait for the rest of its memory`, { code: 'NOT_WAITING' })
  }
  await join(socket)
}

async function join(socket: Socket): Promise<void> {
  process.stdin.pipe(socket)
  socket.pipe(process.stdout)
  process.stdout.on('error', () => socket.destroy())
  // One that is reset closes, too.
  const closed = Promise.withResolvers<void>()
  socket.on('error', () => undefined).once('close', closed.resolve)
  if (!socket.closed) await closed.promise
  process.stdin.on('error', () => undefined).destroy()
}
