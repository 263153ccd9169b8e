import type { HostFacts } from '../facts/schema.ts'

/**
 * Puts one object in the place of equal facts of several hosts. It is the same to every rule, and what a rule has worked
 * out for one host need not be worked out for the next: the hosts of a fleet are mostly alike.
 */
export function shareEqual(hosts: readonly HostFacts[]): HostFacts[] {
  const first = new Map<string, unknown>()
  const shared = (name: string, told: unknown) => {
    const key = `${name} ${JSON.stringify(told)}`
    const equal = first.get(key)
    if (equal !== undefined) return equal
    first.set(key, told)
    return told
  }
  return hosts.map((facts) => {
    const entries = Object.entries(facts).map(([name, told]) => [name, shared(name, told)] as const)
    return Object.fromEntries(entries) as HostFacts
  })
}
