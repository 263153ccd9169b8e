import { z } from 'zod'
import type { QmpConnection } from '../../qmp/connection.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'

/** What the clock on the board says, as QEMU's machine tells it: a `struct tm`. */
const boardTime = z.object({
  tm_year: z.int(),
  tm_mon: z.int(),
  tm_mday: z.int(),
  tm_hour: z.int(),
  tm_min: z.int(),
  tm_sec: z.int(),
})

/** Both clocks tick in whole seconds. */
const toleranceSeconds = 2

/** How far the clock on the board of a machine is ahead of UTC, in seconds. */
async function readOffset(qmp: QmpConnection): Promise<number> {
  const question = { path: '/machine', property: 'rtc-time' }
  const { tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec } = await qmp.execute('qom-get', question, {
    schema: boardTime,
  })
  const thereMs = Date.UTC(tm_year + 1900, tm_mon, tm_mday, tm_hour, tm_min, tm_sec)
  return Math.round((thereMs - Date.now()) / 1000)
}

/**
 * Notes how a running guest has set the clock on its board, so that it finds the same after its next boot, here or elsewhere.
 * Never throws: what cannot be noted is logged.
 */
export async function noteGuestClock(host: Host, zone: Zone): Promise<void> {
  const { running } = zone
  if (running === undefined) return
  const { qmp } = running.machine.qemu
  try {
    const { status } = await qmp.execute('query-status', {}, { schema: statusSchema })
    // A machine that waits for its state does not have its guest's clock yet.
    if (status === 'inmigrate' || status === 'prelaunch') return
    const offset = await readOffset(qmp)
    if (Math.abs(offset - (zone.record.timeOffsetSeconds ?? 0)) <= toleranceSeconds) return
    await host.registry.update(zone, { timeOffsetSeconds: offset === 0 ? undefined : offset })
  } catch (error) {
    if (zone.running !== running) return
    host.log(
      `zone '${zone.name}': how its guest has set the clock cannot be noted: ${(error as Error).message}`,
    )
  }
}

/** Does so whenever a guest sets it, until the conversation with its machine ends. */
export function watchGuestClock(host: Host, zone: Zone, qmp: QmpConnection): void {
  qmp.on('RTC_CHANGE', () => void noteGuestClock(host, zone))
}
