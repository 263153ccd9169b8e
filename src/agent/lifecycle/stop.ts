import { once } from 'node:events'
import { Exit, ZoneError } from '../../errors.ts'
import type { Host } from '../host.ts'
import { noteOwner } from '../ownership/own.ts'
import type { Zone } from '../zone.ts'
import { endRunning } from './run-zone.ts'
import { shutdownTimeoutMs } from './shutdown-timeout.ts'

/** A guest that was still starting did not hear the power button: it is pressed again. */
const pressIntervalMs = 2_000

/** Ends the zone's machine at once, as pulling the plug does. */
export async function haltZone(host: Host, zone: Zone): Promise<void> {
  zone.requireRunning('halt')
  await endRunning(host, zone)
  await noteOwner(host, zone, { state: 'installed' })
  host.log(`zone '${zone.name}': halted`)
}

/**
 * Asks the guest to end by its power button and waits until it has.
 *
 * @throws ZoneError GUEST_PAUSED: it stands still, and hears nothing; SHUTDOWN_TIMEOUT: the guest goes on running; the signal's reason likewise
 */
export async function shutdownZone(host: Host, zone: Zone, signal: AbortSignal): Promise<void> {
  const { machine, withoutRoom } = zone.requireRunning('shutdown')
  if (withoutRoom !== undefined) {
    throw new ZoneError(`zone '${zone.name}': ${withoutRoom}, and hears no power button meanwhile`, {
      code: 'GUEST_PAUSED',
      remedy: `Make room, then type the command again. To end it at once: zoneadm -z ${zone.name} halt`,
    })
  }
  const { qmp } = machine.qemu
  const deadline = AbortSignal.timeout(shutdownTimeoutMs)
  const press = () => qmp.execute('system_powerdown').catch(() => undefined)
  const timer = setInterval(() => void press(), pressIntervalMs)
  try {
    // Whoever stops waiting does not wait for a hypervisor that does not answer either.
    void press()
    const stop = AbortSignal.any([signal, deadline])
    await Promise.race([qmp.closed, stop.aborted ? undefined : once(stop, 'abort')])
  } finally {
    clearInterval(timer)
  }
  if (signal.aborted) {
    throw new ZoneError(
      `zone '${zone.name}': no longer waiting; the guest has been asked to end, and may still do so`,
      {
        code: 'CANCELLED',
        exit: Exit.interrupted,
        remedy: `To end it at once: zoneadm -z ${zone.name} halt`,
      },
    )
  }
  if (deadline.aborted) {
    throw new ZoneError(`zone '${zone.name}': the guest did not end within ${shutdownTimeoutMs / 1000} s`, {
      code: 'SHUTDOWN_TIMEOUT',
      remedy: `It goes on running. To end it at once: zoneadm -z ${zone.name} halt`,
    })
  }
  await endRunning(host, zone)
  await noteOwner(host, zone, { state: 'installed' })
  host.log(`zone '${zone.name}': shut down`)
}
