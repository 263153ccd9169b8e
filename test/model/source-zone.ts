import type { Host } from '../../src/agent/host.ts'
import { carryOut } from '../../src/agent/outgoing/carry-out.ts'
import { liveMigration } from '../../src/agent/outgoing/migrate.ts'
import { UnderWay } from '../../src/agent/outgoing/under-way.ts'
import type { RunningZone, Zone, ZoneOperation } from '../../src/agent/zone.ts'
import type { Environment, Peer } from '../../src/migration/peer.ts'
import { movePhases } from '../../src/migration/phases/index.ts'
import type { QmpConnection } from '../../src/qmp/connection.ts'
import { tinyConfig, tinySpec } from '../fixtures/tiny-machine.ts'

/** No process has this number. */
const gone = { pid: 2 ** 30, startTicks: 0 }

/**
 * A zone as it runs, in a QEMU that is played.
 *
 * @param removed called for the last that is removed of its machine, once that has ended
 */
export function runningZone(name: string, qmp: QmpConnection, removed: () => unknown): RunningZone {
  const spec = { ...tinySpec(name), accelerator: 'kvm' as const }
  const record = { schema: 1 as const, zoneId: 1, spec, links: [], configText: tinyConfig, pageBytes: 4096 }
  const console = { [Symbol.asyncDispose]: removed }
  return { machine: { spec, links: [], qemu: { identity: gone, qmp } }, record, console: console as never }
}

/** Whether its operator may boot it, if it has no machine. */
export function isFree(zone: Zone): boolean {
  try {
    using _boot = zone.begin('boot')
    return true
  } catch {
    return false
  }
}

/** Migrates it, with a check that has passed. */
export async function migrate(
  host: Host,
  zone: Zone,
  operation: ZoneOperation,
  peer: Peer,
  environment: Environment,
): Promise<unknown> {
  const { uri } = peer
  const way = { target: uri, environment, postcopy: true }
  const asked = { type: 'live', dryRun: false, overwrite: false, cipher: 'none' } as const
  const params = { zone: zone.name, ...asked, ...way }
  const running = zone.requireRunning('test')
  const migration = liveMigration(host, zone, peer, { params, running, operation, progress: () => undefined })
  migration.target = { id: crypto.randomUUID(), name: 'beta', ciphers: [] }
  zone.underWay = new UnderWay('live', uri)
  return carryOut(host, zone, migration, movePhases, way)
}
