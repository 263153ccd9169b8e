import { Exit, ZoneError } from '../../errors.ts'
import type { Handlers } from '../handlers.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { attachZone, detachZone, installZone, uninstallZone } from '../lifecycle/install.ts'
import { haltZone, shutdownZone } from '../lifecycle/stop.ts'
import { verifyZone } from '../lifecycle/verify.ts'

type ZoneOperations =
  | 'zone/list'
  | 'zone/verify'
  | 'zone/install'
  | 'zone/boot'
  | 'zone/shutdown'
  | 'zone/halt'
  | 'zone/reboot'
  | 'zone/uninstall'
  | 'zone/detach'
  | 'zone/attach'
  | 'zone/cancel'
  | 'zone/rename'
  | 'zone/mark'
  | 'zone/console'

export const zoneHandlers: Handlers<ZoneOperations> = {
  async 'zone/list'({ registry }) {
    const zones = registry.all().map((zone) => ({
      id: zone.running?.record.zoneId ?? null,
      name: zone.name,
      uuid: zone.record.uuid,
      brand: 'solaris-kz',
      ipType: 'excl',
      state: zone.state,
      auxiliary: zone.auxiliary,
      ...(zone.record.reason === undefined ? {} : { reason: zone.record.reason }),
    }))
    return { zones }
  },

  async 'zone/verify'(host, params) {
    return { problems: await verifyZone(host, host.registry.get(params.zone)) }
  },

  async 'zone/install'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    const start = performance.now()
    await zone.exclusively('install', signal, ({ controller }) =>
      installZone(host, zone, params, controller.signal),
    )
    return { seconds: (performance.now() - start) / 1000 }
  },

  async 'zone/boot'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    const bootargs = params.bootargs ?? undefined
    await zone.exclusively('boot', signal, ({ controller }) =>
      bootZone(host, zone, { bootargs }, controller.signal),
    )
    return {}
  },

  async 'zone/shutdown'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('shutdown', signal, async ({ controller }) => {
      await shutdownZone(host, zone, controller.signal)
      if (params.reboot)
        await bootZone(host, zone, { bootargs: params.bootargs ?? undefined }, controller.signal)
    })
    return {}
  },

  async 'zone/halt'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('halt', signal, () => haltZone(host, zone))
    return {}
  },

  async 'zone/reboot'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('reboot', signal, async ({ controller }) => {
      await haltZone(host, zone)
      await bootZone(host, zone, { bootargs: params.bootargs ?? undefined }, controller.signal)
    })
    return {}
  },

  async 'zone/uninstall'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('uninstall', signal, () => uninstallZone(host, zone))
    return {}
  },

  async 'zone/detach'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('detach', signal, () => detachZone(host, zone))
    return {}
  },

  async 'zone/attach'(host, params, { signal }) {
    const zone = host.registry.get(params.zone)
    await zone.exclusively('attach', signal, ({ controller }) =>
      attachZone(host, zone, controller.signal, { force: params.force }),
    )
    return {}
  },

  async 'zone/cancel'({ registry }, { zone }) {
    const { operation } = registry.get(zone)
    operation?.controller.abort(new ZoneError('Cancelled', { code: 'CANCELLED', exit: Exit.interrupted }))
    return { cancelled: operation?.kind ?? null }
  },

  async 'zone/rename'(host, { zone: name, newName }, { signal }) {
    const zone = host.registry.get(name)
    if (
      !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(newName) ||
      newName === 'global' ||
      newName.startsWith('SYS')
    ) {
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
