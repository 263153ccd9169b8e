import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostFacts } from '../../src/facts/schema.ts'
import { hostLayout } from '../../src/util/host-layout.ts'
import { ask } from './standing.ts'
import { type FaultHost, zone, zoneBytes } from './world.ts'

/** What may be there when nothing is under way: zonesd, sshd, and the conversation that is kept for a minute. */
const mayRun: readonly RegExp[] = [
  /zonesd\.js/,
  /^sshd|sshd:/,
  /\bssh\b.*BatchMode/,
  /^(sh|bash) -c .*dial-stdio/,
  /storage-witness/,
]
const zonesdFiles = /^zonesd\.|^tmp/
/** Besides the zone's configuration and record; the ledger of arrivals is kept for 30 days and longer. */
const mayStay = /^(state\.json|boot|key|image)$/

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * What is on a host that should not be, when the zone is settled: processes, sockets, keys, journals, links, promises.
 *
 * @param runsHere whether the zone's machine runs on this host
 */
export async function leftovers(side: FaultHost, runsHere: boolean): Promise<string[]> {
  const { host } = side
  const machines: string[] = []
  const processes: string[] = []
  for (const pid of host.processes()) {
    let line = ''
    try {
      line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
    } catch {
      continue
    }
    if (line === '' || mayRun.some((pattern) => pattern.test(line))) continue
    if (/^(\S*\/)?qemu-system/.test(line) && line.includes(zone))
      machines.push(`process ${pid}: ${line.slice(0, 60)}`)
    else processes.push(`process ${pid}: ${line.slice(0, 80)}`)
  }
  const run = list(join(host.root, 'run/zones')).filter((name) => !zonesdFiles.test(name))
  const ofZone = list(join(host.root, 'var/lib/zones', zone)).filter((name) => !mayStay.test(name))
  const boot = list(join(host.root, 'var/lib/zones', zone, 'boot')).filter(
    (name) => !/^(kernel|initrd)$/.test(name),
  )
  const { stdout } = await host.run(['ip', '-br', 'link'])
  const links = stdout.split('\n').flatMap((text) => /^kz\S*/.exec(text)?.[0] ?? [])
  const expected = runsHere ? 1 : 0
  return [
    ...processes,
    ...(machines.length === expected ? [] : [`${machines.length} machines: ${machines.join(', ')}`]),
    ...(runsHere ? run.filter((name) => /\.(incoming|state|image|key|trial|forecast)$/.test(name)) : run).map(
      (name) => `run/zones/${name}`,
    ),
    ...[...ofZone, ...boot].map((name) => `var/lib/zones/${zone}/${name}`),
    ...(links.length === expected ? [] : [`links: ${links.join(' ')}`]),
    ...(await promises(side, expected * zoneBytes)),
  ].map((text) => `left on ${host.name}: ${text}`)
}

/** What a host's zonesd has promised or is about, beside the machine that runs; one that is not there promises nothing. */
async function promises(side: FaultHost, expectedBytes: number): Promise<string[]> {
  const facts = (await ask(side, 'host/facts', { storage: [], cpus: [] })) as HostFacts | undefined
  if (facts === undefined) return []
  const { memory, operations } = facts
  if (!('known' in memory) || !('known' in operations)) return ['facts that are not known']
  const { committedBytes } = memory.known
  return [
    ...(committedBytes === expectedBytes ? [] : [`a promise: ${committedBytes} bytes of memory`]),
    ...operations.known.map(({ kind, zoneName }) => `an operation: ${kind} of ${zoneName}`),
  ]
}

/** The zone's configuration on a host, as text; undefined: it has none. */
export function configurationOn({ host }: FaultHost): string | undefined {
  const path = hostLayout(host.root).config(zone)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
