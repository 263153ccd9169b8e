import { ZoneError } from '../../errors.ts'
import { cipherNames } from '../../migration/cipher.ts'
import { sealConfiguration, sealImported } from '../../migration/key-seal.ts'
import type { PeerOperationName, PeerParams, PeerResult } from '../../migration/peer-api.ts'
import { seesMark } from '../../storage/mark.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import type { Host } from '../host.ts'
import { acknowledgeArrival } from '../incoming/arrival-ledger.ts'
import type { Arrivals } from '../incoming/arrivals.ts'
import { probeHealth } from '../incoming/probe-health.ts'
import { rejoinIncoming } from '../incoming/rejoin.ts'
import type { Trials } from '../incoming/trials.ts'
import { seeKeyAt, seeKeys } from '../ownership/zone-key.ts'

/** One conversation with another host's zonesd: the migrations it has announced end with it. */
export interface PeerConversation {
  readonly host: Host
  readonly arrivals: Arrivals
  /** Address of this host that the other one has reached. */
  readonly address: string | undefined
  readonly announced: Set<string>
  readonly trials: Trials
}

export type PeerHandlers = {
  readonly [K in PeerOperationName]: (
    conversation: PeerConversation,
    params: PeerParams<K>,
    signal: AbortSignal,
  ) => Promise<PeerResult<K>>
}

type TargetConfig = PeerResult<'peer/assess'>['config']

async function targetConfig(host: Host, zone: string, keyUri?: string): Promise<TargetConfig> {
  try {
    const stored = await host.registry.config(zone)
    if (stored === undefined) {
      return keyUri === undefined ? { status: 'absent' } : sealImported(await seeKeyAt(host, keyUri))
    }
    return sealConfiguration(stored.config, await seeKeys(host, { name: zone }, stored.config))
  } catch (error) {
    return { status: 'damaged', reason: (error as Error).message }
  }
}

/** @throws ZoneError NO_ADDRESS */
function reachedAt(address: string | undefined): string {
  if (address !== undefined) return address
  throw new ZoneError('The target does not know at which of its addresses it was reached', {
    code: 'NO_ADDRESS',
    remedy: 'Reach it over ssh',
  })
}

export const peerHandlers: PeerHandlers = {
  async 'peer/hello'({ host }) {
    return { version: kzoneVersion, protocol, host: host.identity, ciphers: [...cipherNames] }
  },

  async 'peer/ping'() {
    return {}
  },

  async 'peer/assess'({ host }, { zone, storage, cpus, keyUri }, signal) {
    const [facts, config] = await Promise.all([
      host.knowledge.facts(storage, cpus, signal),
      targetConfig(host, zone, keyUri),
    ])
    return { facts, config }
  },

  async 'peer/survey'({ host }, { zones, storage, cpus }, signal) {
    const known = zones.filter((zone) => host.registry.find(zone) !== undefined)
    const [facts, configurations] = await Promise.all([
      host.knowledge.facts(storage, cpus, signal),
      Promise.all(known.map(async (zone) => [zone, await targetConfig(host, zone)] as const)),
    ])
    return { facts, configurations: Object.fromEntries(configurations) }
  },

  async 'peer/sees'({ host }, { marks }, signal) {
    const look = async ({ uri, mark }: (typeof marks)[number]) => {
      try {
        const sees = await seesMark(uri, host.storage, Buffer.from(mark, 'hex'), signal)
        if (sees === undefined) return { uri, mark: 'untried' } as const
        return { uri, mark: sees ? 'seen' : 'missing' } as const
      } catch (error) {
        return { uri, mark: 'untried', words: (error as Error).message } as const
      }
    }
    return { seen: await Promise.all(marks.map(look)) }
  },

  async 'peer/try'({ trials, address }, params, signal) {
    return trials.listen(params, reachedAt(address), signal)
  },

  async 'peer/try-end'({ trials }, { trialId }) {
    await trials.end(trialId)
    return {}
  },

  async 'peer/reserve'({ arrivals, announced }, params) {
    announced.add(params.migrationId)
    return arrivals.reserve(params)
  },

  async 'peer/file'({ arrivals }, params) {
    await arrivals.file(params)
    return {}
  },

  async 'peer/prepare'({ arrivals, address }, params) {
    return arrivals.prepare(params, reachedAt(address))
  },

  async 'peer/alive'({ arrivals }, { migrationId, told }) {
    arrivals.alive(migrationId, told)
    return {}
  },

  'peer/unread': ({ arrivals }, { migrationId }) => arrivals.unread(migrationId),

  'peer/go': ({ arrivals }, { migrationId }) => arrivals.go(migrationId),

  async 'peer/health'({ host }, { zone }) {
    return { faults: await probeHealth(host.registry.get(zone)) }
  },

  'peer/rejoin': ({ host }, params) => rejoinIncoming(host, params),

  async 'peer/settled'({ host }, { migrationId }) {
    await acknowledgeArrival(host.layout, migrationId)
    return {}
  },

  async 'peer/abort'({ arrivals }, params) {
    return { status: await arrivals.abort(params) }
  },
}
