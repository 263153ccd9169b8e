import { ZoneError } from '../../errors.ts'
import { isKnown } from '../../facts/schema.ts'
import { runCommand } from '../../util/run-command.ts'
import { linkName } from '../../vm/network.ts'
import { mustMatchProperties } from '../../zone/must-match.ts'
import { parseExport } from '../../zone/parse-export.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { writeRecord } from '../zone-record.ts'
import { contractOf } from '../zone-registry.ts'

/** What differs between two configurations of a zone, by property. */
function differences(zonename: string, from: string, to: string): string[] {
  const values = (text: string) => {
    const entries = mustMatchProperties(parseExport(text), { zonename })
    return new Map(entries.map(({ path, value }) => [path, value]))
  }
  const before = values(from)
  const after = values(to)
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => before.get(path) !== after.get(path))
}

/**
 * Changes a running zone. This release can move NICs to another bridge; every other change that the guest would see is
 * refused, and nothing is changed then.
 *
 * @param text the configuration as it is to be
 * @returns lines to show
 * @throws ZoneError NOT_LIVE
 */
export async function applyLive(host: Host, zone: Zone, text: string): Promise<string[]> {
  const running = zone.requireRunning('changing the live configuration')
  const { machine, record } = running
  const others = differences(zone.name, record.configText, text).filter(
    (path) => !/^(anet\[[^\]]*\]:lower-link|net\[[^\]]*\]:physical)$/.test(path),
  )
  if (others.length > 0) {
    throw new ZoneError(`zone '${zone.name}': cannot change ${others.join(', ')} while the zone runs`, {
      code: 'NOT_LIVE',
      remedy: `Change the stored configuration (zonecfg -z ${zone.name}, without -r) and reboot the zone`,
    })
  }
  const before = new Map(
    contractOf(parseExport(record.configText), zone.name).nics.map((nic) => [`${nic.kind}${nic.id}`, nic]),
  )
  const moves = contractOf(parseExport(text), zone.name).nics.flatMap((nic) => {
    const key = `${nic.kind}${nic.id}`
    const spec = machine.spec.nics.find(({ kind, id }) => `${kind}${id}` === key)
    return spec === undefined || before.get(key)?.lowerLink === nic.lowerLink ? [] : [{ nic, spec }]
  })
  // All bridges are looked for before the first NIC moves.
  const bridges = await Promise.all(moves.map(({ nic }) => bridgeHere(host, zone, nic.lowerLink)))
  const notes: string[] = []
  for (const [index, { nic, spec }] of moves.entries()) {
    const link = linkName(machine.spec.uuid, spec)
    await runCommand('ip', ['link', 'set', 'dev', link, 'master', bridges[index] ?? ''])
    notes.push(`Checking: Modifying ${nic.kind} lower-link=${nic.lowerLink}`)
  }
  const changed = { ...record, configText: text }
  await writeRecord(host.layout.runRecord(zone.name), changed)
  running.record = changed
  return notes.length === 0 ? [] : [...notes, 'Applying the changes']
}

/** @throws ZoneError NO_LINK */
async function bridgeHere(host: Host, zone: Zone, lowerLink: string): Promise<string> {
  const { links, defaultLink } = await host.knowledge.facts([], [])
  const name = lowerLink === 'auto' && isKnown(defaultLink) ? defaultLink.known : lowerLink
  const bridges = isKnown(links)
    ? links.known.filter(({ kind }) => kind === 'bridge').map((link) => link.name)
    : []
  if (name !== null && bridges.includes(name)) return name
  throw new ZoneError(
    `zone '${zone.name}': there is no bridge "${lowerLink}" on this host; nothing was changed`,
    {
      code: 'NO_LINK',
      remedy: `This host has: ${bridges.join(', ') || 'no bridge'}`,
    },
  )
}
