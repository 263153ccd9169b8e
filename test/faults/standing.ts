import { setTimeout as sleep } from 'node:timers/promises'
import type { ZoneListEntry } from '../../src/agent/api.ts'
import type { FaultHost } from './world.ts'
import { zone } from './world.ts'

/** How a host lists the zone, such as `installed suspended`; `none` if it does not know it. */
export async function standingOn({ host }: FaultHost): Promise<string> {
  const { code, stdout, stderr } = await host.run(['zoneadm', 'list', '-c', '--json'], { timeoutMs: 30_000 })
  if (code !== 0) return `unknown: ${stderr.trim()}`
  const entry = (JSON.parse(stdout) as ZoneListEntry[]).find(({ name }) => name === zone)
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
