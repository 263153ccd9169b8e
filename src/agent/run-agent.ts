import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ZoneError } from '../errors.ts'
import { hostIdentity } from '../facts/host-identity.ts'
import { cutWay } from '../migration/cut-way.ts'
import { journalPath, migrationJournal } from '../migration/journal.ts'
import { PeerPool } from '../migration/peer-pool.ts'
import { silenceMs } from '../migration/take-back.ts'
import { atomicWrite } from '../util/atomic-write.ts'
import { exclusiveLock } from '../util/exclusive-lock.ts'
import type { HostLayout } from '../util/host-layout.ts'
import { patienceMs } from '../util/test-patience.ts'
import { endOperations } from './end-operations.ts'
import { forbidCoreFiles } from './forbid-core-files.ts'
import type { Host } from './host.ts'
import { HostKnowledge } from './host-knowledge.ts'
import { pruneArrivals } from './incoming/arrival-ledger.ts'
import { Arrivals, recoverIncoming } from './incoming/arrivals.ts'
import { watchFilling } from './incoming/watch-filling.ts'
import { recoverSuspension } from './lifecycle/recover-suspension.ts'
import { adoptRunning, letGo } from './lifecycle/run-zone.ts'
import { makeHostFolders, temporaryFolder } from './make-host-folders.ts'
import { requireGuest } from './outgoing/require-guest.ts'
import { settleHeld } from './outgoing/settle-held.ts'
import { settleStorage } from './outgoing/settle-storage.ts'
import { readStorageJournal } from './outgoing/storage-journal.ts'
import { told } from './outgoing/told.ts'
import { watchUnsettled } from './outgoing/watch-unsettled.ts'
import { finishRekey } from './ownership/rekey.ts'
import { watchOwners } from './ownership/watch-owners.ts'
import { removeStaleKeys } from './remove-stale-keys.ts'
import { Reservations } from './reservations.ts'
import { serve } from './server.ts'
import { recoverMove } from './storage-move/recover.ts'
import type { Zone } from './zone.ts'
import { readRecord } from './zone-record.ts'
import { ZoneRegistry } from './zone-registry.ts'

/** How long to ask for a target that was lost in the moment of the switch-over, in the background. */
const settleTimeoutMs = patienceMs(60_000)

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
  const knowledge = new HostKnowledge({
    identity,
    registry,
    reservations,
    storage,
    cacheFile,
    maintenanceFile: layout.maintenanceFile,
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

/** Takes up what the zonesd before this one, or the host before its reboot, was in the middle of. */
async function takeUp(host: Host, zone: Zone): Promise<void> {
  await adoptThoughSilent(host, zone)
  await watchFilling(host, zone)
  // What cannot be settled yet is in the log by now.
  await recoverMove(host, zone).catch(() => undefined)
  await recoverSuspension(host, zone).catch((error: Error) => host.log(error.message))
  await finishRekey(host, zone).catch((error: Error) => host.log(error.message))
  const journal = await journalOf(host, zone)
  if (journal?.direction === 'in') return recoverIncoming(host, journal)
  const storage = await readStorageJournal(host.layout.zoneFolder(zone.name)).catch((error: Error) =>
    host.log(`zone '${zone.name}': ${error.message}`),
  )
  if (journal === undefined && storage === undefined) return
  if (journal !== undefined) zone.moving = 'migrating-out'
  // The target may be slow to answer, and disks take their time; the host serves its other zones meanwhile.
  void zone
    .exclusively('recover', new AbortController().signal, async ({ controller: { signal } }) => {
      const options = { signal, isTriedAgain: true }
      const where = journal && (await settleHeld(host, zone, journal, settleTimeoutMs, options))
      await zone.adopting
      await settleStorage(host, zone, told(host, zone))
      if (journal !== undefined && where !== undefined) requireGuest(zone, journal.target, where)
    })
    .catch((error: Error) => host.log(error.message))
}

const journalOf = (host: Host, zone: Zone) =>
  readRecord(journalPath(host.layout.zoneFolder(zone.name)), migrationJournal)

/** A QEMU that waits for a target which says nothing answers as soon as the way to it is cut. */
async function adoptThoughSilent(host: Host, zone: Zone): Promise<void> {
  const journal = await journalOf(host, zone).catch(() => undefined)
  const way = journal?.direction === 'out' ? journal.streamUri : undefined
  const cutting = way === undefined ? undefined : setTimeout(() => void cutWay(way), silenceMs)
  await adoptRunning(host, zone).finally(() => clearTimeout(cutting))
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
