import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { AgentClient } from '../agent/client.ts'
import { ZoneError } from '../errors.ts'
import { type HostLayout, hostLayout } from '../util/host-layout.ts'
import type { Agent } from './command.ts'

/** Connects to a host's zonesd. */
export type Connect = (layout: HostLayout, signal: AbortSignal) => Promise<Agent & AsyncDisposable>

/** The connection to zonesd, made when a command first needs it, closed with the command. */
export class LazyAgent implements AsyncDisposable {
  readonly #connect: () => Promise<Agent & AsyncDisposable>
  #connection: Promise<Agent & AsyncDisposable> | undefined

  /**
   * @param isNamed the host was named on the command line (-R): then it has to be there
   */
  constructor(
    layout: HostLayout,
    signal: AbortSignal,
    connect: Connect = connectToZonesd,
    { isNamed = false }: { readonly isNamed?: boolean } = {},
  ) {
    this.#connect = async () => {
      requireHost(layout, isNamed)
      return await connect(layout, signal)
    }
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

/**
 * A folder with a typing error in its name shall not become a host: only zonesd makes one.
 *
 * @throws ZoneError NO_SUCH_HOST
 */
function requireHost({ root, hostFile }: HostLayout, isNamed: boolean): void {
  if (existsSync(isNamed ? hostFile : root)) return
  const what = existsSync(root) ? 'no zonesd has ever run for it' : 'there is no such folder'
  throw new ZoneError(`"${root}" holds no host: ${what}`, {
    code: 'NO_SUCH_HOST',
    remedy: `If it is to become one, let zonesd make it: KZ_ROOT=${root} zonesd run`,
  })
}

async function connectToZonesd(layout: HostLayout, signal: AbortSignal): Promise<AgentClient> {
  // zonesd, if it has to be started, runs in another folder and finds its root here.
  process.env['KZ_ROOT'] = layout.root
  const { connectAgent } = await import('../agent/client.ts')
  return await connectAgent(layout, signal)
}
