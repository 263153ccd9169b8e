import { ZoneError } from '../../errors.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import { zonesAtWork } from '../end-operations.ts'
import type { Handlers } from '../handlers.ts'
import { bootZones, shutdownZones } from '../lifecycle/with-host.ts'
import type { Zone } from '../zone.ts'

type HostOperations = 'host/hello' | 'host/facts' | 'host/stop' | 'host/boot-zones' | 'host/shutdown-zones'

export const hostHandlers: Handlers<HostOperations> = {
  async 'host/hello'({ identity }) {
    return { version: kzoneVersion, protocol, host: identity, pid: process.pid }
  },

  'host/facts': (host, { storage, cpus }, { signal }) => host.knowledge.facts(storage, cpus, signal),

  'host/boot-zones': (host, _, { signal, progress }) => bootZones(host, { signal, progress }),

  'host/shutdown-zones': (host, _, { signal, progress }) => shutdownZones(host, { signal, progress }),

  async 'host/stop'(host, { force }) {
    const busy = zonesAtWork(host)
    if (busy.length > 0 && !force) throw underWay(busy)
    // The answer goes out first.
    setImmediate(host.stop)
    return {}
  },
}

function underWay(busy: readonly Zone[]): ZoneError {
  const list = busy
    .map(({ name, operation }) => `${operation?.kind ?? 'operation'} of zone '${name}'`)
    .join(', ')
  return new ZoneError(`zonesd does not end now: under way: ${list}`, {
    code: 'OPERATIONS_UNDER_WAY',
    remedy: 'Wait for the end of that, or have it cancelled first: zonesd stop -F',
  })
}
