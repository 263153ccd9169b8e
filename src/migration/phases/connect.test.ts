import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveMigration } from '../../../test/fixtures/live-migration.ts'
import { scriptedPeer } from '../../../test/fixtures/peer/scripted-peer.ts'
import { scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { kzoneVersion, protocol } from '../../util/version.ts'
import { cipherNames } from '../cipher.ts'
import { connect } from './connect.ts'

async function connecting(cipher: string | null) {
  const { peer, calls } = scriptedPeer({
    'peer/hello': () => ({
      version: '9.9.9',
      protocol: { min: 1, max: 9 },
      host: { id: 'b', name: 'beta' },
      ciphers: ['aes-128-gcm', 'rot13'],
    }),
  })
  const { qmp, commands } = await scriptedQmp()
  return { calls, commands, ...liveMigration(peer, qmp, { cipher }) }
}

for (const cipher of [null, 'none', 'aes-128-gcm', 'rot13']) {
  test(`With the cipher ${cipher} the hosts learn who they are, and nothing is changed`, async () => {
    const { migration, calls, commands } = await connecting(cipher)
    await connect.run(migration)
    assert.deepEqual(migration.target, { id: 'b', name: 'beta', ciphers: ['aes-128-gcm', 'rot13'] })
    const hello = { version: kzoneVersion, protocol, host: migration.sourceHost, ciphers: cipherNames }
    assert.deepEqual(
      calls.map(({ name, params }) => [name, params]),
      [['peer/hello', hello]],
    )
    assert.deepEqual(commands(), [])
    assert.equal('undo' in connect, false)
  })
}
