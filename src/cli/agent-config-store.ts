import type { Agent } from './command.ts'
import type { ConfigStore } from './zonecfg/config-store.ts'

/** The configurations that this host's zonesd keeps. */
export function agentConfigStore(agent: () => Promise<Agent>, signal: AbortSignal): ConfigStore {
  return {
    async load(zone, { live }) {
      return (await (await agent()).call('config/load', { zone, live }, { signal })) ?? undefined
    },
    async save(zone, text, { expected, live }) {
      const params = { zone, text, expected: expected ?? null, live }
      return await (await agent()).call('config/save', params, { signal })
    },
    async remove(zone) {
      await (await agent()).call('config/remove', { zone }, { signal })
    },
    async key(zone) {
      return (await (await agent()).call('config/key', { zone }, { signal })) ?? undefined
    },
    async template(name) {
      return (await (await agent()).call('config/template', { name }, { signal })) ?? undefined
    },
  }
}
