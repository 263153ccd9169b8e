import { once } from 'node:events'
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

/** Joins standard input and output to this host's zonesd: what another host runs here over ssh. */
export async function dialStdio(layout: HostLayout): Promise<void> {
  const socket = await dialAgent(layout)
  const address = reachedAddress(process.env['SSH_CONNECTION'])
  socket.write(formatGreeting({ kzone: 1, via: 'ssh', ...(address === undefined ? {} : { address }) }))
  await join(socket)
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
  socket.on('error', () => undefined)
  if (!socket.closed) await once(socket, 'close')
}
