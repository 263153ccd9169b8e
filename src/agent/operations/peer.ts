import { ZoneError } from '../../errors.ts'
import { cipherNames } from '../../migration/cipher.ts'
import type { PeerOperationName, PeerParams, PeerResult } from '../../migration/peer-api.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import type { Host } from '../host.ts'
import type { Arrivals } from '../incoming/arrivals.ts'

/** One conversation with another host's zonesd: the migrations it has announced end with it. */
export interface PeerConversation {
  readonly host: Host
  readonly arrivals: Arrivals
  /** Address of this host that the other one has reached. */
  readonly address: string | undefined
  readonly announced: Set<string>
}

export type PeerHandlers = {
  readonly [K in PeerOperationName]: (
    conversation: PeerConversation,
    params: PeerParams<K>,
    signal: AbortSignal,
  ) => Promise<PeerResult<K>>
}

type TargetConfig = PeerResult<'peer/assess'>['config']

async function targetConfig({ registry }: Host, zone: string): Promise<TargetConfig> {
  try {
    const stored = await registry.config(zone)
    return stored === undefined ? { status: 'absent' } : { status: 'present', text: stored.text }
  } catch (error) {
    return { status: 'damaged', reason: (error as Error).message }
  }
}

export const peerHandlers: PeerHandlers = {
  async 'peer/hello'({ host }) {
    return { version: kzoneVersion, protocol, host: host.identity, ciphers: [...cipherNames] }
  },

  async 'peer/ping'() {
    return {}
  },

  async 'peer/assess'({ host }, { zone, storage, cpus }, signal) {
    const [facts, config] = await Promise.all([
      host.knowledge.facts(storage, cpus, signal),
      targetConfig(host, zone),
    ])
    return { facts, config }
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
    if (address === undefined) {
      throw new ZoneError('The target does not know at which of its addresses it was reached', {
        code: 'NO_ADDRESS',
        remedy: 'Reach it over ssh',
      })
    }
    return arrivals.prepare(params, address)
  },

  async 'peer/alive'({ arrivals }, { migrationId }) {
    arrivals.alive(migrationId)
    return {}
  },

  'peer/go': ({ arrivals }, { migrationId }) => arrivals.go(migrationId),

  async 'peer/abort'({ arrivals }, params) {
    return { status: await arrivals.abort(params) }
  },
}
