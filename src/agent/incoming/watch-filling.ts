import { setTimeout as sleep } from 'node:timers/promises'
import { migrationSchema, postcopyStatuses } from '../../qmp/schemas.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'

const lookIntervalMs = 500

/**
 * Notes of a guest that goes on here by post-copy that a part of its memory is still elsewhere, as long as that is so. Ends
 * with the guest, or with zonesd; the next one takes it up.
 *
 * @returns when it is known whether that is so by now
 */
export async function watchFilling(host: Host, zone: Zone): Promise<void> {
  const { running } = zone
  if (running === undefined) return
  const { qmp } = running.machine.qemu
  await look().catch(ended)
  void (async () => {
    while (zone.filling !== undefined) {
      await sleep(lookIntervalMs, undefined, { signal: host.ending, ref: false })
      await look()
      if (zone.filling === undefined) host.log(`zone '${zone.name}': all of its memory is here`)
    }
  })().catch(ended)

  async function look(): Promise<void> {
    const { status } = await qmp.execute('query-migrate', {}, { schema: migrationSchema })
    const isFilling = postcopyStatuses.includes(status ?? '')
    zone.filling = isFilling ? (status === 'postcopy-active' ? 'flows' : 'broken') : undefined
  }

  /** Its machine has ended, or zonesd does. */
  function ended(): void {
    zone.filling = undefined
  }
}
