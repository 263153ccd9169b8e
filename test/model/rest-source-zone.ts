import { mock } from 'node:test'
import type { Host } from '../../src/agent/host.ts'
import { carryOut } from '../../src/agent/outgoing/carry-out.ts'
import { restMigration } from '../../src/agent/outgoing/migrate-at-rest.ts'
import { UnderWay } from '../../src/agent/outgoing/under-way.ts'
import type { Zone, ZoneOperation } from '../../src/agent/zone.ts'
import type { Environment, Peer } from '../../src/migration/peer.ts'
import { restPhases } from '../../src/migration/phases/index.ts'
import type { AgentHost } from '../fixtures/agent/agent-host.ts'
import { tinyConfig, tinySpec } from '../fixtures/tiny-machine.ts'
import type { Gates } from './gates.ts'
import type { State } from './rest-hand-over.ts'

export type RestKind = 'cold' | 'warm'

/** The guest of a zone that is suspended; nobody opens its image. */
function suspendedGuest(name: string) {
  const { machineType, cpu, memoryBytes, ...spec } = tinySpec(name)
  return {
    schema: 1 as const,
    imageId: crypto.randomUUID(),
    place: { path: '/nonexistent/image' },
    suspendedAt: new Date(0).toISOString(),
    host: 'alpha',
    spec: { ...spec, machineType, cpu, memoryBytes },
    boot: {
      machineType,
      cpuModel: cpu,
      cpuFeatures: [],
      accelerator: 'tcg' as const,
      memoryBytes,
      pagesizeBytes: 4096,
      maxCpus: 1,
      qemuVersion: '7.2.0',
      devices: [],
      nics: [],
      firmware: { unknown: 'nobody looks' },
      tscFrequencyHz: null,
      lockedBytes: null,
    },
    configText: tinyConfig,
    phase: 'whole' as const,
  }
}

/** A zone that does not run, and is suspended if it moves so. No QEMU is asked what it would boot in. */
export async function zoneAtRest(rig: AgentHost, name: string, kind: RestKind): Promise<Zone> {
  const hypervisor = { accelerator: 'tcg', machineTypes: [tinySpec(name).machineType] }
  mock.method(rig.host.knowledge, 'hypervisor', async () => hypervisor as never)
  const zone = await rig.zone(name, 'installed')
  if (kind === 'warm') await rig.host.registry.update(zone, { suspended: suspendedGuest(name) })
  return zone
}

interface Way {
  readonly peer: Peer
  readonly environment: Environment
  readonly gates: Gates<State['sDoes']>
}

/** Migrates it, with a check that has passed: it stands still when the target has promised to take it, and when that is noted. */
export async function migrate(
  host: Host,
  zone: Zone,
  operation: ZoneOperation,
  { peer, environment, gates }: Way,
): Promise<unknown> {
  const way = { target: peer.uri, environment }
  const asked = { type: 'auto', dryRun: false, overwrite: false, cipher: 'none' } as const
  const params = { zone: zone.name, ...asked, ...way }
  const migration = await restMigration(host, zone, peer, { params, operation, progress: () => undefined })
  migration.target = { id: crypto.randomUUID(), name: 'beta', ciphers: [] }
  zone.underWay = new UnderWay(migration.kind, peer.uri)
  const { source, noteHandOver } = migration
  const offer = source.offer.bind(source)
  mock.method(source, 'offer', async (...to: Parameters<typeof offer>) => {
    await offer(...to)
    await stands('offered')
  })
  mock.method(migration, 'noteHandOver', async () => {
    await noteHandOver()
    await stands('noted')
  })
  return carryOut(host, zone, migration, restPhases, way)

  async function stands(where: string): Promise<void> {
    const failure = await gates.standAt<Error>('sends', where, gates.generation)
    if (failure !== undefined) throw failure
  }
}
