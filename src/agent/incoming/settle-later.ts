import { setTimeout as sleep } from 'node:timers/promises'
import { patienceMs } from '../../util/test-patience.ts'
import type { Host } from '../host.ts'
import { settleArrival } from './go.ts'
import type { IncomingZone } from './incoming-zone.ts'

const tryIntervalMs = patienceMs(5_000)

/**
 * Tries on until it is written down that a zone has arrived, or zonesd ends. The zone is held until then; its operator can have it
 * tried at once.
 */
export async function settleLater(host: Host, remains: Parameters<typeof settleArrival>[1]): Promise<void> {
  const { zone } = remains
  let trying: Promise<void> | undefined
  zone.settleArrival = () => {
    trying ??= settleArrival(host, remains).finally(() => {
      trying = undefined
    })
    return trying
  }
  while (zone.settleArrival !== undefined && !host.ending.aborted) {
    await sleep(tryIntervalMs, undefined, { signal: host.ending, ref: false }).catch(() => undefined)
    if (!host.ending.aborted) await zone.settleArrival?.().catch(() => undefined)
  }
}

export const notSettled = ({ zone }: Pick<IncomingZone, 'zone'>, error: unknown) =>
  `zone '${zone.name}': runs here, but that cannot be written down; it is tried again: ${(error as Error).message}`
