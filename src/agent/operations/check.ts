import { clockOffset } from '../../migration/clock-offset.ts'
import type { Handlers } from '../handlers.ts'
import { compareConfigurations } from '../outgoing/compare-configurations.ts'
import { subjectsOf } from '../outgoing/subjects.ts'

/** How long another host may take to open all the storage that it is asked for. */
const surveyTimeoutMs = 120_000

/** What the compatibility check reads; the rules themselves need no zonesd, and are run by whoever asks. */
export const checkHandlers: Handlers<'zone/subjects' | 'host/survey'> = {
  'zone/subjects'(host, { zones }, { signal }) {
    const { registry } = host
    return subjectsOf(host, zones === null ? registry.all() : zones.map((name) => registry.get(name)), signal)
  },

  async 'host/survey'(host, { target, environment, ...question }, { signal }) {
    await using peer = await host.peers.acquire(target, environment)
    const askedAtMs = Date.now()
    const { facts, configurations } = await peer.call('peer/survey', question, {
      signal,
      timeoutMs: surveyTimeoutMs,
    })
    return {
      uri: peer.uri,
      facts,
      configurations: await compareConfigurations(host, configurations),
      clockOffset: clockOffset(askedAtMs, Date.now(), facts),
    }
  },
}
