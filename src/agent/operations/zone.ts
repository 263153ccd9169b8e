import { setTimeout as sleep } from 'node:timers/promises'
import { Exit, ZoneError } from '../../errors.ts'
import { readMaintenance } from '../../facts/maintenance.ts'
import { isZoneName } from '../../zone/schema/zone-name.ts'
import type { HandlerCall, Handlers } from '../handlers.ts'
import type { Host } from '../host.ts'
import { attachZone, detachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { bootOrResume, discardImage, requireNotSuspended } from '../lifecycle/boot-or-resume.ts'
import { cloneZone } from '../lifecycle/clone.ts'
import { installZone, uninstallZone } from '../lifecycle/install.ts'
import { installFromMedium } from '../lifecycle/install-from-medium.ts'
import { haltZone, shutdownZone } from '../lifecycle/stop.ts'
import { suspendZone } from '../lifecycle/suspend.ts'
import { verifyZone } from '../lifecycle/verify.ts'
import { moveDisks } from '../outgoing/move-disks.ts'
import { requireCancellable } from '../outgoing/require-cancellable.ts'
import { rekeyZone } from '../ownership/rekey.ts'

type ZoneOperations =
  | 'zone/list'
  | 'zone/verify'
  | 'zone/install'
  | 'zone/clone'
  | 'zone/move'
  | 'zone/boot'
  | 'zone/shutdown'
  | 'zone/halt'
  | 'zone/suspend'
  | 'zone/reboot'
  | 'zone/uninstall'
  | 'zone/detach'
  | 'zone/attach'
  | 'zone/rekey'
  | 'zone/cancel'
  | 'zone/rename'
  | 'zone/mark'
  | 'zone/console'

const adoptPatienceMs = 1_000

/** Zones are booted all the same: whoever does the maintenance knows what has to run meanwhile. */
async function warnOfMaintenance({ layout }: Host, progress: HandlerCall['progress']): Promise<void> {
  const reason = await readMaintenance(layout.maintenanceFile).catch(() => null)
  if (reason !== null) progress({ kind: 'line', text: `this host is in maintenance: ${reason}` })
}

export const zoneHandlers: Handlers<ZoneOperations> = {
  async 'zone/list'({ registry }) {
    // Just started, zonesd knows in a moment what runs; a hypervisor that does not answer holds up no listing.
    await Promise.race([registry.whenAdopted(), sleep(adoptPatienceMs, undefined, { ref: false })])
    const zones = registry.all().map((zone) => ({
      id: zone.running?.record.zoneId ?? null,
      name: zone.name,
      uuid: zone.record.uuid,
      brand: 'solaris-kz',
      ipType: 'excl',
      state: zone.state,
      auxiliary: zone.auxiliary,
      ...(zone.reason === undefined ? {} : { reason: zone.reason }),
    }))
    return { zones }
  },

  async 'zone/verify'(host, params) {
    return { problems: await verifyZone(host, host.registry.get(params.zone)) }
  },

  async 'zone/install'(host, params, { signal, progress }) {
    const zone = host.registry.get(params.zone)
    const start = performance.now()
    await zone.exclusively('install', signal, ({ controller }) =>
      params.medium === null
        ? installZone(host, zone, params, controller.signal, progress)
        : installFromMedium(host, zone, { ...params, medium: params.medium }, controller.signal, progress),
    )
    return { seconds: (performance.now() - start) / 1000 }
  },

  async 'zone/clone'(host, { zone: name, source, initialize }, { signal, progress }) {
    const zone = host.registry.get(name)
    const original = host.registry.get(source)
    const start = performance.now()
    await zone.exclusively('clone', signal, ({ controller }) =>
      cloneZone(host, zone, original, { signal: controller.signal, progress, initialize }),
    )
    return { seconds: (performance.now() - start) / 1000 }
  },

  async 'zone/move'(host, { zone: name, wishes, force }, { signal, progress }) {
    const zone = host.registry.get(name)
    await zone.exclusively('move', signal, ({ controller }) =>
      moveDisks(host, zone, { wishes, force, signal: controller.signal, progress }),
    )
    return {}
  },

  async 'zone/boot'(host, params, { signal, progress }) {
    const zone = host.registry.get(params.zone)
    const bootargs = params.bootargs ?? undefined
    await warnOfMaintenance(host, progress)
    await zone.exclusively('boot', signal, ({ controller }) =>
      bootOrResume(
        host,
        zone,
        { bootargs, discard: params.discard, medium: params.medium ?? undefined },
        { signal: controller.signal, progress },
      ),
    )
    return {}
  },

  async 'zone/shutdown'(host, params, { signal, progress }) {
    const zone = host.registry.get(params.zone)
    if (params.reboot) await warnOfMaintenance(host, progress)
    await zone.exclusively(params.reboot ? 'reboot' : 'shutdown', signal, async ({ controller }) => {
      using _place = params.reboot ? host.reservations.keep(zone.name) : undefined
      await shutdownZone(host, zone, controller.signal)
      if (params.reboot)
        await bootZone(host, zone, { bootargs: params.bootargs ?? undefined }, controller.signal)
    })
    return {}
  },

  async 'zone/halt'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('halt', signal, async () => {
      if (zone.isSuspended && params.discard) return discardImage(host, zone)
      requireNotSuspended('halt', zone)
      return haltZone(host, zone)
    })
    return {}
  },

  async 'zone/suspend'(host, params, { signal, progress }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('suspend', signal, ({ controller }) =>
      suspendZone(host, zone, { signal: controller.signal, progress }),
    )
    return {}
  },

  async 'zone/reboot'(host, params, { signal, progress }) {
    const zone = host.registry.get(params.zone)
    await warnOfMaintenance(host, progress)
    await zone.exclusively('reboot', signal, async ({ controller }) => {
      using _place = host.reservations.keep(zone.name)
      await haltZone(host, zone)
      await bootZone(host, zone, { bootargs: params.bootargs ?? undefined }, controller.signal)
    })
    return {}
  },

  async 'zone/uninstall'(host, params, { signal, progress }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('uninstall', signal, async () => {
      if (zone.isSuspended) progress({ kind: 'line', text: 'The suspended guest and its image go with it.' })
      await discardImage(host, zone)
      await uninstallZone(host, zone, progress)
    })
    return {}
  },

  async 'zone/detach'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('detach', signal, () => {
      requireNotSuspended('detach', zone)
      return detachZone(host, zone, params)
    })
    return {}
  },

  async 'zone/attach'(host, { zone: name, ...wishes }, { signal, progress }) {
    const zone = host.registry.get(name)
    const warn = (text: string) => progress({ kind: 'line', text })
    await zone.exclusively('attach', signal, ({ controller }) =>
      attachZone(host, zone, controller.signal, { ...wishes, warn }),
    )
    return {}
  },

  async 'zone/rekey'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('rekey', signal, () => {
      requireNotSuspended('rekey', zone)
      return rekeyZone(host, zone)
    })
    return {}
  },

  async 'zone/cancel'({ registry }, { zone: name }) {
    const zone = registry.get(name)
    requireCancellable(zone)
    const { operation } = zone
    operation?.controller.abort(new ZoneError('Cancelled', { code: 'CANCELLED', exit: Exit.interrupted }))
    return { cancelled: operation?.kind ?? null }
  },

  async 'zone/rename'(host, { zone: name, newName }, { signal }) {
    const zone = host.registry.get(name)
    if (!isZoneName(newName)) {
      throw new ZoneError(`"${newName}" is not a valid zone name`, { code: 'BAD_ZONE_NAME' })
    }
    await zone.exclusively('rename', signal, async () => {
      zone.requireState('rename', ['configured', 'unavailable'])
      await host.registry.rename(name, newName)
    })
    return {}
  },

  async 'zone/mark'(host, { zone: name, state }, { signal }) {
    const zone = host.registry.get(name)
    await zone.exclusively('mark', signal, async () => {
      zone.requireState(`mark ${state}`, ['installed', 'incomplete', 'unavailable'])
      await host.registry.update(zone, { state, reason: 'marked by the operator' })
    })
    return {}
  },

  async 'zone/console'(host, { zone: name }) {
    const { console } = host.registry.get(name).requireRunning('zlogin -C')
    if (console === undefined) {
      throw new ZoneError(`zone '${name}': its console is not there any more`, { code: 'NO_CONSOLE' })
    }
    return { socket: host.layout.zloginSocket(name) }
  },
}
