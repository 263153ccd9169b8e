import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../../errors.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import { messageOf } from '../../util/message-of.ts'
import { isAlive } from '../../util/process-identity.ts'
import { ZoneConsole } from '../../vm/console.ts'
import { endMachine, type Machine, removeRemains } from '../../vm/machine.ts'
import { linksOfZone, removeLinks } from '../../vm/network.ts'
import {
  adoptQemu,
  endQemu,
  linksOf,
  type QemuProcess,
  removeRuntimeFiles,
  runningIdentity,
} from '../../vm/qemu-process.ts'
import type { Host } from '../host.ts'
import { noteOwner } from '../ownership/own.ts'
import type { RunningZone, Zone } from '../zone.ts'
import { type RunRecord, readRecord, runRecord, writeRecord } from '../zone-record.ts'
import { noteGuestClock, watchGuestClock } from './guest-clock.ts'
import { watchStorageRoom } from './storage-room.ts'

const adoptIntervalMs = 100

/**
 * Notes that a zone has a machine here: on disk for the next zonesd, in memory for this one. If that fails, the machine
 * is ended.
 */
export async function setRunning(host: Host, zone: Zone, machine: Machine, record: RunRecord): Promise<void> {
  try {
    await writeRecord(host.layout.runRecord(zone.name), record)
  } catch (error) {
    await endMachine(host.layout, machine)
    throw error
  }
  await takeOver(host, zone, machine, record)
}

async function takeOver(host: Host, zone: Zone, machine: Machine, record: RunRecord): Promise<void> {
  const { layout } = host
  const [port, offered] = [layout.consoleSocket(zone.name), layout.zloginSocket(zone.name)]
  // Whatever becomes of its console, the zone runs.
  const console = await ZoneConsole.open(port, offered).catch((error: Error) =>
    host.log(`zone '${zone.name}': no console: ${error.message}`),
  )
  const running: RunningZone = { machine, record, console: console ?? undefined }
  zone.running = running
  watchGuestClock(host, zone, machine.qemu.qmp)
  watchStorageRoom(host, zone, running)
  // It may have been set while nobody listened.
  void noteGuestClock(host, zone)
  void machine.qemu.qmp.closed
    .then((reason) => connectionEnded(host, zone, running, reason.message))
    .catch((error: Error) => host.log(`zone '${zone.name}': ${error.message}`))
}

/**
 * QEMU has ended, or only the conversation with it. As long as the process lives, so does the zone: what was made for
 * it stays, and no second machine can be started.
 */
async function connectionEnded(host: Host, zone: Zone, running: RunningZone, reason: string): Promise<void> {
  const { machine } = running
  while (running.ended === undefined && (await isAlive(machine.qemu.identity))) {
    const qemu = await adoptQemu(host.layout, zone.name).catch(() => undefined)
    if (qemu !== undefined && running.ended === undefined) {
      host.log(`zone '${zone.name}': took up the conversation with QEMU again (${reason})`)
      await running.console?.[Symbol.asyncDispose]()
      return takeOver(host, zone, { ...running.machine, qemu }, running.record)
    }
    await qemu?.qmp[Symbol.asyncDispose]()
    await sleep(adoptIntervalMs)
  }
  if (running.ended !== undefined) return
  host.log(`zone '${zone.name}': its machine has ended`)
  await once(running, () => forgetRunning(host, zone, running))
  // Whoever has something under way with it, as a migration, writes what is to be written.
  if (zone.operation === undefined && zone.moving === undefined) {
    await noteOwner(host, zone, { state: 'installed' })
  }
}

/** Whoever notices the end of a machine first removes what is left of it; the others wait for that. */
function once(running: RunningZone, remove: () => Promise<void>): Promise<void> {
  running.ended ??= remove().catch((error: unknown) => {
    running.ended = undefined
    throw error
  })
  return running.ended
}

/** The zone counts as running until nothing is left of its machine: a boot finds a clean place. */
async function forgetRunning(host: Host, zone: Zone, running: RunningZone): Promise<void> {
  await running.console?.[Symbol.asyncDispose]()
  await removeRemains(host.layout, running.machine)
  // Last: as long as it is there, the next zonesd takes the removal up.
  await rm(host.layout.runRecord(zone.name), { force: true })
  if (zone.running === running) zone.running = undefined
}

/** Ends a zone's machine at once; nothing of it is left. */
export async function endRunning(host: Host, zone: Zone): Promise<void> {
  const { running } = zone
  if (running === undefined) return
  await once(running, async () => {
    await endQemu(running.machine.qemu)
    await forgetRunning(host, zone, running)
  })
}

/** Ends the conversation with a zone's machine, which goes on: the next zonesd takes it up. */
export async function letGo({ running }: Zone): Promise<void> {
  if (running === undefined) return
  running.ended ??= Promise.resolve()
  await running.console?.[Symbol.asyncDispose]()
  await running.machine.qemu.qmp[Symbol.asyncDispose]()
}

/**
 * Finds the machine that an earlier zonesd started for this zone, or removes what is left of one that has ended.
 *
 * @throws ZoneError if it is not known what runs there; the zone is taken out of use then
 */
export async function adoptRunning(host: Host, zone: Zone): Promise<void> {
  const { layout, registry } = host
  try {
    const record = await readRecord(layout.runRecord(zone.name), runRecord)
    const qemu = await findQemu(host, zone)
    if (record === undefined) await removeStray(host, zone, qemu)
    else if (qemu === undefined) await removeEnded(host, zone, record)
    registry.trust(zone)
    if (record === undefined || qemu === undefined) return
    await takeOver(host, zone, { spec: record.spec, links: record.links, qemu }, record)
  } catch (error) {
    registry.distrust(zone, error)
    throw error
  }
}

/** @throws ZoneError QEMU_SILENT */
async function findQemu({ layout }: Host, { name }: Zone): Promise<QemuProcess | undefined> {
  try {
    return await adoptQemu(layout, name)
  } catch (error) {
    const identity = await runningIdentity(layout, name)
    // It has ended meanwhile.
    if (identity === undefined) return undefined
    throw qemuSilent(name, identity.pid, error)
  }
}

function qemuSilent(zone: string, pid: number, cause: unknown): ZoneError {
  const recover = `zoneadm -z ${zone} migrate --recover`
  return new ZoneError(
    `The QEMU of zone '${zone}' (process ${pid}) lives and answers nothing: ${messageOf(cause)}; the zone is as it was, and zonesd goes on trying`,
    {
      code: 'QEMU_SILENT',
      remedy: `To try now: ${recover}\nOnly if it will never answer, and its guest may be lost as by a power failure: kill -9 ${pid}, then ${recover}`,
      cause,
    },
  )
}

async function removeEnded({ layout, log }: Host, { name }: Zone, { spec, links }: RunRecord): Promise<void> {
  log(`zone '${name}': its machine ended while zonesd was away`)
  await removeRemains(layout, { spec, links })
  await rm(layout.runRecord(name), { force: true })
}

/** An earlier zonesd was killed while it made a machine. What it had not noted has not run one instruction. */
async function removeStray(host: Host, zone: Zone, qemu: QemuProcess | undefined): Promise<void> {
  if (qemu !== undefined) await endStray(host, zone, qemu)
  const { uuid } = zone.record
  if (uuid !== null) await removeLinks(await linksOfZone(uuid))
}

async function endStray(host: Host, zone: Zone, qemu: QemuProcess): Promise<void> {
  const { status } = await qemu.qmp.execute('query-status', {}, { schema: statusSchema })
  const { pid } = qemu.identity
  if (status !== 'prelaunch' && status !== 'inmigrate') {
    await qemu.qmp[Symbol.asyncDispose]()
    throw new ZoneError(`process ${pid} runs this zone, but the record of it is missing`, {
      code: 'STRAY_MACHINE',
    })
  }
  host.log(`zone '${zone.name}': ends process ${pid}, which was started but never run`)
  const links = await linksOf(pid)
  await endQemu(qemu)
  await removeLinks(links)
  await removeRuntimeFiles(host.layout, zone.name)
}
