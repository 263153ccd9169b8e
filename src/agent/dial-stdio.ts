import { once } from 'node:events'
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
  process.stdin.pipe(socket)
  socket.pipe(process.stdout)
  process.stdout.on('error', () => socket.destroy())
  await once(socket, 'close')
}
