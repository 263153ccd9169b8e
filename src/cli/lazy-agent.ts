import { resolve } from 'node:path'
import type { AgentClient } from '../agent/client.ts'
import { type HostLayout, hostLayout } from '../util/host-layout.ts'
import type { Agent } from './command.ts'

/** Connects to a host's zonesd. */
export type Connect = (layout: HostLayout, signal: AbortSignal) => Promise<Agent & AsyncDisposable>

/** The connection to zonesd, made when a command first needs it, closed with the command. */
export class LazyAgent implements AsyncDisposable {
  readonly #connect: () => Promise<Agent & AsyncDisposable>
  #connection: Promise<Agent & AsyncDisposable> | undefined

  constructor(layout: HostLayout, signal: AbortSignal, connect: Connect = connectToZonesd) {
    this.#connect = () => connect(layout, signal)
  }

  readonly get = (): Promise<Agent> => (this.#connection ??= this.#connect())

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined)
    await connection?.[Symbol.asyncDispose]()
  }
}

/** The host that a command is for: `-R` or KZ_ROOT, or the machine itself. */
export function chosenLayout(root: string | undefined): HostLayout {
  return hostLayout(resolve(root ?? process.env['KZ_ROOT'] ?? '/'))
}

async function connectToZonesd(layout: HostLayout, signal: AbortSignal): Promise<AgentClient> {
  // zonesd, if it has to be started, runs in another folder and finds its root here.
  process.env['KZ_ROOT'] = layout.root
  const { connectAgent } = await import('../agent/client.ts')
  return await connectAgent(layout, signal)
}
