import type { AgentClient } from '../../agent/client.ts'
import type { HostLayout } from '../../util/host-layout.ts'

/** A conversation with zonesd if it runs; it is not started. */
export async function runningAgent(layout: HostLayout): Promise<AgentClient | undefined> {
  const { connectUnix } = await import('../../transport/unix.ts')
  const socket = await connectUnix(layout.socket)
  if (socket === undefined) return undefined
  const { AgentClient } = await import('../../agent/client.ts')
  return new AgentClient(socket)
}
