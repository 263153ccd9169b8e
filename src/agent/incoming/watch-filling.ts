import { setTimeout as sleep } from 'node:timers/promises'
import { isPostcopy } from '../../qmp/schemas.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { streamStatus } from './stream-status.ts'

const lookIntervalMs = 500

/** So many looks without an answer: QEMU waits for a page that does not come. */
const silentLooks = 2

/**
 * Notes of a guest that goes on here by post-copy that a part of its memory is still elsewhere, as long as that is so. Ends
 * with the guest, or with zonesd; the next one takes it up.
 *
 * @param isNew it has just gone on: what QEMU says is not waited for, since its answers can wait for the guest's memory
 * @returns when it is known whether that is so by now
 */
export async function watchFilling(host: Host, zone: Zone, isNew = false): Promise<void> {
  const { running } = zone
  if (running === undefined) return
  const { qmp } = running.machine.qemu
  let silent = 0
  if (isNew) zone.filling = 'flows'
  else await look().catch(ended)
  void (async () => {
    while (zone.filling !== undefined) {
      await sleep(lookIntervalMs, undefined, { signal: host.ending, ref: false })
      await look()
      if (zone.filling === undefined) host.log(`zone '${zone.name}': all of its memory is here`)
    }
  })().catch(ended)

  async function look(): Promise<void> {
    const status = await streamStatus(qmp)
    const isLost = running?.record.isHalfGone === true
    if (isLost && (status === undefined || isPostcopy(status))) {
      zone.filling = 'lost'
      return
    }
    if (status === undefined) {
      silent += 1
      // That it was filling is known, or else nothing is.
      if (zone.filling !== undefined && silent >= silentLooks) zone.filling = 'broken'
      return
    }
    silent = 0
    const isFilling = isPostcopy(status)
    zone.filling = isFilling ? (status === 'postcopy-active' ? 'flows' : 'broken') : undefined
  }

  /** Its machine has ended, or zonesd does. */
  function ended(): void {
    zone.filling = undefined
  }
}
