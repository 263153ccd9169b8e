/**
 * How long the compatibility check takes for many zones and hosts, from saved facts: `node bench/check-matrix.ts [ZONES]
 * [HOSTS]`. Aim: 1,000 zones × 200 hosts in under 10 s and 1 GiB.
 */
import { makeMatrix } from '../src/cli/check/make-matrix.ts'
import type { MatrixHost } from '../src/compat/matrix.ts'
import { HostFacts, type ZoneSummary } from '../src/facts/schema.ts'
import { mustMatchProperties } from '../src/zone/must-match.ts'
import { parseExport } from '../src/zone/parse-export.ts'
import { toContract } from '../src/zone/to-contract.ts'
import { sampleConfig, sampleInput } from '../test/compat/sample-input.ts'

const [zoneCount = 1000, hostCount = 200] = process.argv.slice(2).map(Number)
const sample = sampleInput()
const features = Array.from({ length: 90 }, (_, index) => `feature-${index}`)
const diskUri = (zone: number, lun: number) =>
  `iscsi://10.0.0.9/target.iqn.2026-01.example:zone${zone},lun.${lun}`
const macOf = (zone: number) =>
  ['2', '8', '20', '0', (zone >> 8).toString(16), (zone & 255).toString(16)].join(':')
const nameOf = (zone: number) => `zone${zone}`

function uuidOf(zone: number): string {
  return `29be88cb-e61a-4204-8d9b-${zone.toString(16).padStart(12, '0')}`
}

function zoneOf(zone: number) {
  const naming = { zonename: nameOf(zone) }
  const text = sampleConfig
    .replace('2:8:20:e7:b8:79', macOf(zone))
    .replaceAll(':web1,lun', `:zone${zone},lun`)
  const config = parseExport(text)
  const contract = toContract(config, naming)
  const known = 'known' in sample.boot ? sample.boot.known : undefined
  if (known === undefined) throw new Error('The sample has no boot record')
  const nics = contract.nics.map(({ kind, id, macAddress: mac = '' }) => ({ kind, id, mac, mtu: 1500 }))
  return {
    contract,
    properties: mustMatchProperties(config, naming),
    boot: { known: { ...known, cpuFeatures: ['aes', 'lm', ...features], nics } },
    zone: { name: nameOf(zone), uuid: uuidOf(zone), state: 'running', auxiliary: [] },
  }
}

function summaryOf(zone: number): ZoneSummary {
  const { contract } = zoneOf(zone)
  return {
    name: nameOf(zone),
    uuid: uuidOf(zone),
    state: 'running',
    auxiliary: [],
    macAddresses: contract.nics.flatMap(({ macAddress }) => macAddress ?? []),
    allowedAddresses: [],
    memoryBytes: contract.memory.physicalBytes,
    storage: contract.devices.flatMap(({ storage }) => storage ?? []),
  }
}

/** A host with its share of the zones, a hundred CPU models and every disk of all zones in sight, as saved. */
function savedFacts(host: number): string {
  const identity = { id: `host-${host}`, name: `host${host}` }
  const models = Array.from({ length: 100 }, (_, index) => ({
    name: index === 0 ? 'qemu64,+aes' : `model-${index}`,
    unavailableFeatures: index === 0 && host % 10 === 0 ? ['aes'] : [],
    features: index < 6 ? { known: ['aes', 'lm', ...features] } : { unknown: 'nobody asked' },
  }))
  const own = Array.from({ length: zoneCount }, (_, zone) => zone).filter((zone) => zone % hostCount === host)
  const disks = Array.from({ length: zoneCount }, (_, zone) => [1, 2].map((lun) => diskUri(zone, lun))).flat()
  return JSON.stringify({
    ...sample.target,
    host: identity,
    cpuModels: { known: models },
    zones: { known: own.map(summaryOf) },
    storage: { known: disks.map((uri) => ({ uri, opened: { sizeBytes: 2 ** 34, identity: uri } })) },
  })
}

const saved = Array.from({ length: hostCount }, (_, host) => savedFacts(host))
const zones = Array.from({ length: zoneCount }, (_, zone) => zoneOf(zone))

const readAt = performance.now()
const facts = saved.map((text) => HostFacts.parse(JSON.parse(text)))
const hosts: MatrixHost[] = facts.map((known) => {
  const uri = `ssh://${known.host.name}`
  return { uri, name: known.host.name, target: { uri, facts: known, configurations: null } }
})
const begunAt = performance.now()
const cpuBefore = process.cpuUsage()
const cells = { live: 0, warm: 0, cold: 0, no: 0, unknown: 0 }
const source = facts[0]
if (source === undefined) throw new Error('There is no host')
const subjects = zones.map((form) => {
  const { name, state, auxiliary } = form.zone
  return { name, state, auxiliary, forms: { live: form, warm: form, cold: form }, storage: [], cpus: [] }
})
const none = new AbortController().signal
const options = { encrypt: true, withReports: false, acceptsUntold: true }
const { rows } = await makeMatrix(
  { source: { facts: source, isSaved: true }, subjects },
  hosts,
  none,
  options,
)
for (const row of rows) for (const { can } of row.cells) cells[can] += 1
const endedAt = performance.now()
const { user } = process.cpuUsage(cpuBefore)
const pairs = Object.values(cells).reduce((sum, count) => sum + count, 0)
console.log(
  [
    `${zoneCount} zones × ${hostCount} hosts: ${pairs} pairs, ${JSON.stringify(cells)}`,
    `facts read in ${((begunAt - readAt) / 1000).toFixed(1)} s, checked in ${((endedAt - begunAt) / 1000).toFixed(1)} s`,
    `${(((endedAt - begunAt) * 1000) / pairs).toFixed(1)} µs a pair, ${(user / pairs).toFixed(1)} of CPU, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`,
    `aim for 1000 × 200: < 10 s in all, < 1024 MiB`,
  ].join('\n'),
)
