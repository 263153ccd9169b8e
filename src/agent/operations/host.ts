import { kzoneVersion, protocol } from '../../util/version.ts'
import type { Handlers } from '../handlers.ts'

export const hostHandlers: Handlers<'host/hello' | 'host/facts' | 'host/stop'> = {
  async 'host/hello'({ identity }) {
    return { version: kzoneVersion, protocol, host: identity, pid: process.pid }
  },

  'host/facts': (host, { storage }, { signal }) => host.knowledge.facts(storage, [], signal),

  async 'host/stop'(host) {
    // The answer goes out first.
    setImmediate(host.stop)
    return {}
  },
}
