import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationName, Params, Result, ZoneListEntry } from '../../src/agent/api.ts'
import { AgentClient } from '../../src/agent/client.ts'
import { connectUnix } from '../../src/transport/unix.ts'
import { hostLayout } from '../../src/util/host-layout.ts'
import type { FaultHost } from './world.ts'
import { zone } from './world.ts'

const answerTimeoutMs = 30_000

/**
 * Asks a host's zonesd, as its commands do; that costs a process less. Undefined: none is there, and a command would start it.
 *
 * @throws what zonesd answers, or that it does not
 */
export async function ask<N extends OperationName>(
  { host }: FaultHost,
  name: N,
  params: Params<N>,
): Promise<Result<N> | undefined> {
  const socket = await connectUnix(hostLayout(host.root).socket)
  if (socket === undefined) return undefined
  await using agent = new AgentClient(socket)
  return await agent.call(name, params, { signal: AbortSignal.timeout(answerTimeoutMs) })
}

async function zonesOn(side: FaultHost): Promise<readonly ZoneListEntry[]> {
  const answer = await ask(side, 'zone/list', {})
  if (answer !== undefined) return answer.zones
  const listed = await side.host.run(['zoneadm', 'list', '-c', '--json'], { timeoutMs: answerTimeoutMs })
  if (listed.code !== 0) throw new Error(listed.stderr.trim())
  return JSON.parse(listed.stdout) as ZoneListEntry[]
}

/** How a host lists the zone, such as `installed suspended`; `none` if it does not know it. */
export async function standingOn(side: FaultHost): Promise<string> {
  const zones = await zonesOn(side).catch((error: Error) => error)
  if (zones instanceof Error) return `unknown: ${zones.message}`
  const entry = zones.find(({ name }) => name === zone)
  return entry === undefined ? 'none' : [entry.state, ...entry.auxiliary].join(' ')
}

export type Standing = readonly [source: string, target: string]

export async function standing(source: FaultHost, target: FaultHost): Promise<Standing> {
  return Promise.all([standingOn(source), standingOn(target)])
}

const holding = ['running', 'installed', 'installed suspended']
const without = ['none', 'configured']

/** Which host has the zone, if exactly one has it and nothing is under way. */
export function holderOf([source, target]: Standing): 'source' | 'target' | undefined {
  if (holding.includes(source) && without.includes(target)) return 'source'
  if (without.includes(source) && holding.includes(target)) return 'target'
  return undefined
}

/** Waits until the question is answered with something, and for so long at most. */
export async function within<T>(ms: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer !== undefined || performance.now() > end) return answer
    await sleep(100)
  }
}
