import { kzoneVersion, protocol } from '../../util/version.ts'
import { cipherNames } from '../cipher.ts'
import type { Migration } from '../migration.ts'
import type { Phase } from '../phase.ts'

/** What it takes to reach a target, and what comes of it. */
export type Connecting = Pick<Migration, 'peer' | 'sourceHost' | 'signal' | 'target'>

/** Reaches the target's zonesd, and learns who it is. */
export const connect: Phase<Connecting> = {
  name: 'connect',
  async run(migration) {
    const { peer, sourceHost, signal } = migration
    const hello = { version: kzoneVersion, protocol, host: sourceHost, ciphers: [...cipherNames] }
    const answer = await peer.call('peer/hello', hello, { signal })
    migration.target = { ...answer.host, ciphers: answer.ciphers }
  },
}
