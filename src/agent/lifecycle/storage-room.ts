import { setTimeout as sleep } from 'node:timers/promises'
import type { QmpConnection } from '../../qmp/connection.ts'
import { QmpTimeoutError } from '../../qmp/qmp-errors.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { blockDevices, isDisk } from '../../vm/block-devices.ts'
import type { Host } from '../host.ts'
import type { RunningZone, Zone } from '../zone.ts'

// QEMU stops a guest whose write finds no room on its storage, rather than fail the write (`werror=enospc`, its default for
// every disk), and repeats that write when the guest is told to go on.

/** QEMU says first that it will stop the guest, and then does so. */
const stopPatience = { timeoutMs: 2_000, intervalMs: 20 }

/** How long a guest without room waits until it is tried whether there is some, in milliseconds. */
const defaultIntervalMs = 5_000

/**
 * Notes when a guest stands still since there is no room for what it writes, and lets it go on as soon as there is, until
 * the conversation with its machine ends.
 */
export function watchStorageRoom(
  { log }: Pick<Host, 'log'>,
  zone: Zone,
  running: RunningZone,
  intervalMs: number = defaultIntervalMs,
): void {
  const { qmp } = running.machine.qemu
  /** QEMU has said that it stops the guest, since that was last looked at. */
  let isToStop = false

  const look = async () => {
    isToStop = true
    if (running.withoutRoom !== undefined) return
    running.withoutRoom = 'its guest stands still: there is no room for what it writes'
    try {
      while (isToStop) await waitForRoom()
    } finally {
      running.withoutRoom = undefined
    }
  }

  const waitForRoom = async () => {
    isToStop = false
    const isStill = await retryUntil(async () => (await stoodStill(qmp)) || undefined, stopPatience)
    if (isStill !== true) return
    const storage = await fullStorage(running).catch(() => 'its storage')
    const words = `its guest stands still: there is no room on ${storage}; it goes on by itself when there is`
    if (running.withoutRoom !== words) log(`zone '${zone.name}': ${words}`)
    running.withoutRoom = words
    while (await isStoodStill(qmp)) {
      // Whoever has something under way with it decides whether it goes on; and once it is handed over it must not, here.
      // Nothing can begin between this question and the sending of the command.
      if (zone.operation === undefined && zone.moving === undefined && zone.running === running) {
        isToStop = false
        await qmp.execute('cont').catch(() => undefined)
      }
      await sleep(intervalMs, undefined, { ref: false })
    }
    if (!isToStop) log(`zone '${zone.name}': its guest goes on, since there is room on its storage`)
  }

  qmp.on('BLOCK_IO_ERROR', ({ data }) => {
    if (data.action === 'stop') void look().catch(() => undefined)
  })
  // It may have been stopped while nobody listened.
  void stoodStill(qmp)
    .then((isStill) => (isStill ? look() : undefined))
    .catch(() => undefined)
}

/** A hypervisor that does not answer just now is asked again. */
function isStoodStill(qmp: QmpConnection): Promise<boolean> {
  return stoodStill(qmp).catch((error: unknown) => {
    if (error instanceof QmpTimeoutError) return true
    throw error
  })
}

async function stoodStill(qmp: QmpConnection): Promise<boolean> {
  return (await qmp.execute('query-status', {}, { schema: statusSchema })).status === 'io-error'
}

/** Names the storage that is full, as far as QEMU says which it is. */
async function fullStorage({ machine: { spec, qemu } }: RunningZone): Promise<string> {
  const full = (await blockDevices(qemu.qmp)).filter((drive) => drive['io-status'] === 'nospace')
  const names = spec.disks
    .filter(({ id }) => full.some((drive) => isDisk(drive, id)))
    .map(({ id, storage }) => `the storage of device ${id} (${storage})`)
  return names.join(' and ') || 'its storage'
}
