import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ZoneError } from '../errors.ts'
import { hostIdentity } from '../facts/host-identity.ts'
import { PeerPool } from '../migration/peer-pool.ts'
import { atomicWrite } from '../util/atomic-write.ts'
import { exclusiveLock } from '../util/exclusive-lock.ts'
import type { HostLayout } from '../util/host-layout.ts'
import { endOperations } from './end-operations.ts'
import { forbidCoreFiles } from './forbid-core-files.ts'
import { GoingDown } from './going-down.ts'
import type { Host } from './host.ts'
import { HostKnowledge } from './host-knowledge.ts'
import { pruneArrivals } from './incoming/arrival-ledger.ts'
import { Arrivals } from './incoming/arrivals.ts'
import { letGo } from './lifecycle/run-zone.ts'
import { makeHostFolders, temporaryFolder } from './make-host-folders.ts'
import { watchUnsettled } from './outgoing/watch-unsettled.ts'
import { watchOwners } from './ownership/watch-owners.ts'
import { removeStaleKeys } from './remove-stale-keys.ts'
import { Reservations } from './reservations.ts'
import { serve } from './server.ts'
import { takeUp } from './take-up.ts'
import { ZoneRegistry } from './zone-registry.ts'

const dayMs = 24 * 3600 * 1000

/** Name by which this host logs in to iSCSI targets: the one that the system has, or one made of the host's id. */
async function initiatorName(hostId: string): Promise<string> {
  const text = await readFile('/etc/iscsi/initiatorname.iscsi', 'utf8').catch(() => '')
  return /^InitiatorName=(\S+)/m.exec(text)?.[1] ?? `iqn.2026-11.org.kzone:${hostId}`
}

async function makeHost(layout: HostLayout, ending: AbortSignal, stop: () => void): Promise<Host> {
  const identity = await hostIdentity(layout.hostFile)
  const registry = new ZoneRegistry(layout)
  await registry.load()
  const reservations = new Reservations(registry)
  const storage = { root: layout.root, initiatorName: await initiatorName(identity.id) }
  const cacheFile = join(layout.stateFolder, '.hypervisor.json')
  const goingDown = new GoingDown()
  const knowledge = new HostKnowledge({
    identity,
    registry,
    reservations,
    storage,
    cacheFile,
    maintenanceFile: layout.maintenanceFile,
    mappingFolder: layout.mappingFolder,
    goingDown,
  })
  const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`)
  return {
    ending,
    layout,
    identity,
    storage,
    registry,
    knowledge,
    reservations,
    peers: new PeerPool(),
    goingDown,
    log,
    stop,
  }
}

/**
 * Finds out what runs of every zone, all at once, without waiting for it: a hypervisor that does not answer holds up the
 * commands for its own zone alone.
 */
function takeUpAll(host: Host): void {
  for (const zone of host.registry.all()) {
    zone.adopting = takeUp(host, zone)
      .catch((error: Error) => host.log(`zone '${zone.name}': ${error.message}`))
      .finally(() => {
        zone.adopting = undefined
      })
  }
}

/** Forgets the arrivals that nobody will ask for, now and every day. */
function pruneDaily(host: Host): Disposable {
  const prune = () =>
    void pruneArrivals(host.layout).then(
      (removed) => removed > 0 && host.log(`forgot ${removed} arrivals that were acknowledged long ago`),
      (error: Error) => host.log(`cannot look through the arrivals: ${error.message}`),
    )
  prune()
  const timer = setInterval(prune, dayMs)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** For whoever wants to know. On a full disk it is missing, and the zones are looked after all the more. */
async function writePid({ pidFile }: HostLayout): Promise<void> {
  // One that was killed has left its own.
  await rm(pidFile, { force: true })
  await atomicWrite(pidFile, `${process.pid}\n`)
}

/**
 * zonesd: owns the zones of this host until the signal is aborted. The zones outlive it.
 *
 * @throws ZoneError ALREADY_RUNNING
 */
export async function runAgent(layout: HostLayout, signal: AbortSignal): Promise<void> {
  // Configurations can hold keys, and sockets give power over machines: nothing of it is for other users.
  process.umask(0o077)
  const made = await makeHostFolders(layout)
  using lock = exclusiveLock(layout.lockFile)
  if (lock === undefined) {
    throw new ZoneError(`zonesd runs already for ${layout.root}`, { code: 'ALREADY_RUNNING' })
  }
  await removeStaleKeys(layout)
  const controller = new AbortController()
  const end = AbortSignal.any([signal, controller.signal])
  // Not the system's: what a zonesd that is killed leaves there would stay.
  await using temporary = await temporaryFolder(layout).catch(() => undefined)
  if (temporary !== undefined) process.env['TMPDIR'] = temporary.path
  const host = await makeHost(layout, end, () => controller.abort())
  // Before anything is started, and any key is read.
  await forbidCoreFiles(host)
  if (made.length > 0) host.log(`made the folders of a new host: ${made.join(', ')}`)
  takeUpAll(host)
  using arrivals = new Arrivals(host)
  using _pruning = pruneDaily(host)
  using _owners = watchOwners(host)
  using _moves = watchUnsettled(host)
  await writePid(layout).catch((error: Error) => host.log(`there is no ${layout.pidFile}: ${error.message}`))
  await using _peers = host.peers
  await using _server = await serve(host, arrivals)
  host.log(`zonesd ${process.pid} serves ${host.registry.all().length} zones`)
  // The first migration or boot shall not have to wait for it.
  void host.knowledge.hypervisor().catch((error: Error) => host.log(error.message))
  if (!end.aborted) await once(end, 'abort')
  await host.registry.whenAdopted()
  await endOperations(host, arrivals)
  for (const zone of host.registry.all()) await letGo(zone)
  await rm(layout.pidFile, { force: true })
}
