import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../../util/process-identity.ts'
import { ZoneConsole } from '../../vm/console.ts'
import { endMachine, type Machine, removeRemains } from '../../vm/machine.ts'
import { adoptQemu } from '../../vm/qemu-process.ts'
import type { Host } from '../host.ts'
import type { RunningZone, Zone } from '../zone.ts'
import { type RunRecord, readRecord, runRecord, writeRecord } from '../zone-record.ts'

const adoptIntervalMs = 100

/** Notes that a zone has a machine here: on disk for the next zonesd, in memory for this one. */
export async function setRunning(host: Host, zone: Zone, machine: Machine, record: RunRecord): Promise<void> {
  await writeRecord(host.layout.runRecord(zone.name), record)
  await takeOver(host, zone, machine, record)
}

async function takeOver(host: Host, zone: Zone, machine: Machine, record: RunRecord): Promise<void> {
  const { layout } = host
  const console = await ZoneConsole.open(layout.consoleSocket(zone.name), layout.zloginSocket(zone.name))
  const running: RunningZone = { machine, record, console }
  zone.running = running
  void machine.qemu.qmp.closed.then((reason) => connectionEnded(host, zone, running, reason.message))
}

/**
 * QEMU has ended, or only the conversation with it. As long as the process lives, so does the zone: what was made for
 * it stays, and no second machine can be started.
 */
async function connectionEnded(host: Host, zone: Zone, running: RunningZone, reason: string): Promise<void> {
  const { machine, record } = running
  while (zone.running === running && (await isAlive(machine.qemu.identity))) {
    const qemu = await adoptQemu(host.layout, zone.name).catch(() => undefined)
    if (qemu !== undefined && zone.running === running) {
      host.log(`zone '${zone.name}': took up the conversation with QEMU again (${reason})`)
      await running.console?.[Symbol.asyncDispose]()
      return takeOver(host, zone, { ...machine, qemu }, record)
    }
    await sleep(adoptIntervalMs)
  }
  if (zone.running !== running) return
  host.log(`zone '${zone.name}': its machine has ended`)
  await forgetRunning(host, zone, running)
  await removeRemains(host.layout, machine)
}

async function forgetRunning(host: Host, zone: Zone, running: RunningZone): Promise<void> {
  if (zone.running === running) zone.running = undefined
  await running.console?.[Symbol.asyncDispose]()
  await rm(host.layout.runRecord(zone.name), { force: true })
}

/** Ends a zone's machine at once; nothing of it is left. */
export async function endRunning(host: Host, zone: Zone): Promise<void> {
  const { running } = zone
  if (running === undefined) return
  await forgetRunning(host, zone, running)
  await endMachine(host.layout, running.machine)
}

/** Finds the machine that an earlier zonesd started for this zone, or removes what is left of one that has ended. */
export async function adoptRunning(host: Host, zone: Zone): Promise<void> {
  const record = await readRecord(host.layout.runRecord(zone.name), runRecord)
  if (record === undefined) return
  const { spec, links } = record
  const qemu = await adoptQemu(host.layout, zone.name)
  if (qemu !== undefined) return takeOver(host, zone, { spec, links, qemu }, record)
  host.log(`zone '${zone.name}': its machine ended while zonesd was away`)
  await removeRemains(host.layout, { spec, links })
  await rm(host.layout.runRecord(zone.name), { force: true })
}
