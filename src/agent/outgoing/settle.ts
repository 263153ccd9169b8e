import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../../errors.ts'
import { connectPeer, type Environment, type Peer } from '../../migration/peer.ts'
import type { IncomingStatus } from '../../migration/peer-api.ts'
import { takeBack } from '../../migration/send-memory.ts'
import { clearStream } from '../../migration/stream-settings.ts'
import { migrationSchema } from '../../qmp/schemas.ts'
import type { Host } from '../host.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import type { Zone } from '../zone.ts'

const askIntervalMs = 1_000

export interface Unsettled {
  readonly migrationId: string
  readonly target: string
  readonly environment: Environment
}

/** Asks the target how a migration ended there, over a conversation of its own, until it answers or time is up. */
async function askTarget(
  zone: string,
  { migrationId, target, environment }: Unsettled,
  timeoutMs: number,
): Promise<IncomingStatus | ZoneError> {
  const end = performance.now() + timeoutMs
  for (;;) {
    try {
      await using peer: Peer = connectPeer(target, environment)
      return (await peer.call('peer/abort', { migrationId, zone }, { timeoutMs: 10_000 })).status
    } catch (error) {
      if (!(error instanceof ZoneError)) throw error
      if (performance.now() >= end) return error
    }
    await sleep(askIntervalMs)
  }
}

/** Whether the target can have been told to run the zone: only when all of the guest's memory had been sent. */
async function mayHaveBeenHandedOver(zone: Zone): Promise<boolean> {
  const { running } = zone
  if (running === undefined) return true
  const { status } = await running.machine.qemu.qmp.execute('query-migrate', {}, { schema: migrationSchema })
  const { running: isRunning } = await running.machine.qemu.qmp.execute('query-status')
  return status === 'completed' && !isRunning
}

async function takeBackHere(host: Host, zone: Zone): Promise<'here'> {
  const { running } = zone
  if (running !== undefined) {
    await takeBack(running.machine.qemu.qmp)
    await clearStream(running.machine.qemu.qmp)
  }
  host.log(`zone '${zone.name}': taken back after an interrupted migration`)
  return 'here'
}

/**
 * Brings a migration whose end is not known to one: the zone runs here again, or it is the target's. The target is asked
 * to give it up; its answer decides. Without an answer nothing is changed, unless it cannot have been handed over.
 *
 * @param timeoutMs how long to go on asking
 * @throws ZoneError HAND_OVER_UNCERTAIN, TARGET_LOST
 */
export async function settle(
  host: Host,
  zone: Zone,
  unsettled: Unsettled,
  timeoutMs: number,
): Promise<'here' | 'there'> {
  const { target } = unsettled
  const uncertain = await mayHaveBeenHandedOver(zone)
  const answer = await askTarget(zone.name, unsettled, uncertain ? timeoutMs : 0)
  if (answer === 'arrived') {
    await host.registry.update(zone, { state: 'configured' })
    await endRunning(host, zone)
    return 'there'
  }
  if (answer === 'none' || !uncertain) return takeBackHere(host, zone)
  if (answer === 'lost') {
    throw new ZoneError(
      `zone '${zone.name}': ${target} went down at the switch-over; the guest may have run there for a moment, so it is held here, stopped`,
      {
        code: 'TARGET_LOST',
        remedy: `End it and boot it from its disk, as after a power failure: zoneadm -z ${zone.name} reboot`,
      },
    )
  }
  throw new ZoneError(
    `zone '${zone.name}': lost ${target} in the moment of the switch-over; the zone is held here, stopped, until it is known whether it runs there`,
    {
      code: 'HAND_OVER_UNCERTAIN',
      remedy: `Once ${target} can be reached: zoneadm -z ${zone.name} migrate --recover`,
      cause: answer,
    },
  )
}
