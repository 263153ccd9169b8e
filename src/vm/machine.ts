import { rm } from 'node:fs/promises'
import type { StorageContext } from '../storage/driver.ts'
import { blockGraph } from '../storage/storage.ts'
import type { HostLayout } from '../util/host-layout.ts'
import { commandLine, diskNode, mediumNode } from './command-line.ts'
import { memoryBackend } from './memory-backend.ts'
import { addLinks, type NicAttachment, removeLinks } from './network.ts'
import { endQemu, type QemuProcess, removeRuntimeFiles, startQemu } from './qemu-process.ts'
import type { MachineSpec } from './schema.ts'

export interface MachineOnHost {
  readonly layout: HostLayout
  readonly storage: StorageContext
  readonly attachments: readonly NicAttachment[]
  /** Size of the huge pages behind the guest's memory; undefined: normal pages. */
  readonly pageBytes: number | undefined
  readonly kernel?: string | undefined
  readonly initrd?: string | undefined
  /** Wait for an incoming migration instead of booting. */
  readonly incoming: boolean
}

/** A machine that exists on this host: its hypervisor process and what was made for it. */
export interface Machine {
  readonly spec: MachineSpec
  readonly qemu: QemuProcess
  readonly links: readonly string[]
}

/**
 * Starts the machine of a zone, stopped before its first instruction. All that it makes is removed again if it fails.
 *
 * @throws ZoneError QEMU_FAILED, NETWORK_FAILED, SURI_UNSUPPORTED, STORAGE_UNREACHABLE, CREDENTIALS_UNSAFE
 */
export async function startMachine(
  spec: MachineSpec,
  on: MachineOnHost,
  signal?: AbortSignal,
): Promise<Machine> {
  const { layout } = on
  const zone = spec.zonename
  const graphs = spec.disks.map(
    async ({ id, storage, sizeBytes }) =>
      [id, await blockGraph(storage, diskNode(id), on.storage, { signal, sizeBytes })] as const,
  )
  const blockdevs = new Map(await Promise.all(graphs))
  const medium =
    spec.medium === undefined
      ? undefined
      : await blockGraph(spec.medium, mediumNode, on.storage, { signal, readOnly: true })
  await using undo = new AsyncDisposableStack()
  const { netdevs, links } = await addLinks(spec.uuid, on.attachments, signal)
  undo.defer(() => removeLinks(links))
  const args = commandLine(spec, {
    qmpSocket: layout.qmpSocket(zone),
    consoleSocket: layout.consoleSocket(zone),
    pidFile: layout.qemuPidFile(zone),
    logFile: layout.qemuLog(zone),
    blockdevs,
    netdevs,
    ...(medium === undefined ? {} : { medium }),
    ...(spec.rtcOffsetSeconds === undefined ? {} : { rtcBase: timeIn(spec.rtcOffsetSeconds) }),
    memoryBackend: memoryBackend(spec.memoryBytes, on.pageBytes),
    ...(on.kernel === undefined ? {} : { kernel: on.kernel }),
    ...(on.initrd === undefined ? {} : { initrd: on.initrd }),
    incoming: on.incoming,
  })
  const qemu = await startQemu(layout, zone, args, signal)
  undo.move()
  return { spec, qemu, links }
}

/** The time that it will be then, in UTC, without a zone. */
const timeIn = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)

/** Removes what a machine that has ended leaves on its host. Safe to call twice. */
export async function removeRemains(
  layout: HostLayout,
  { spec, links }: Omit<Machine, 'qemu'>,
): Promise<void> {
  await removeLinks(links)
  await removeRuntimeFiles(layout, spec.zonename)
  await rm(layout.zloginSocket(spec.zonename), { force: true })
}

/** Ends a machine for certain and removes all that was made for it. */
export async function endMachine(layout: HostLayout, machine: Machine): Promise<void> {
  await endQemu(machine.qemu)
  await removeRemains(layout, machine)
}
