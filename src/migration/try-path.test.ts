import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { isKnown } from '../facts/schema.ts'
import { cipherNames, tlsPriority } from './cipher.ts'
import { listenForTrial } from './listen-for-trial.ts'
import type { Peer } from './peer.ts'
import type { PeerParams, PeerResult } from './peer-api.ts'
import { newStreamKey } from './stream-key.ts'
import { tryPath } from './try-path.ts'

type Listening = AsyncDisposable & { readonly address: PeerResult<'peer/try'> }
type Listen = (params: PeerParams<'peer/try'>, folder: string) => Promise<Listening>

/** Tries the way to another host on this machine, which listens as told; by default as zonesd does. */
async function trying(
  { encrypted = true, cipher = null as string | null, listen = listenHere as Listen } = {},
  signal = new AbortController().signal,
) {
  await using folder = await temporaryFolder()
  const calls: string[] = []
  await using listeners = new AsyncDisposableStack()
  const peer = {
    uri: 'ssh://beta',
    async call(name: string, params: PeerParams<'peer/try'>) {
      calls.push(name)
      if (name === 'peer/try-end') return {}
      return listeners.use(await listen(params, join(folder.path, 'there.key'))).address
    },
  } as unknown as Peer
  const keyFolder = join(folder.path, 'here.key')
  const priority = encrypted ? tlsPriority(cipher, cipherNames) : undefined
  const path = await tryPath({ peer, keyFolder, encrypted, priority }, signal)
  assert.equal(existsSync(keyFolder), false, 'no key is left')
  assert.deepEqual(calls, ['peer/try', 'peer/try-end'])
  return path
}

const listenHere: Listen = (params, folder) =>
  listenForTrial(params, '127.0.0.1', folder, new AbortController().signal)

/** A port that takes connections and says nothing. */
const listenSilently: Listen = async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume())
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    address: { host: '127.0.0.1', port: String(address.port) },
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

const nobody: Listen = async () => ({
  address: { host: '127.0.0.1', port: '1' },
  [Symbol.asyncDispose]: async () => undefined,
})

suite('tryPath', () => {
  for (const encrypted of [true, false]) {
    test(`Two QEMUs of this host come through, ${encrypted ? 'encrypted' : 'in the clear'}`, async () => {
      const path = await trying({ encrypted })
      assert.ok(isKnown(path))
      assert.deepEqual([path.known.came, path.known.host], ['through', '127.0.0.1'])
    })
  }

  for (const cipher of cipherNames) {
    test(`They agree on ${cipher} if it is asked for`, async () => {
      const path = await trying({ cipher })
      assert.ok(isKnown(path))
      assert.deepEqual([path.known.came, path.known.words], ['through', undefined])
    })
  }

  test('A QEMU with another key lets nothing through, and its words are told', async () => {
    const listen: Listen = ({ key, ...params }, folder) =>
      listenHere({ ...params, key: key && { ...key, psk: newStreamKey() } }, folder)
    const path = await trying({ listen })
    assert.ok(isKnown(path))
    assert.equal(path.known.came, 'to the port')
    assert.match(path.known.words ?? '', /TLS handshake failed/)
  })

  test('A port where nobody listens is nowhere', async () => {
    const path = await trying({ listen: nobody })
    assert.ok(isKnown(path))
    assert.equal(path.known.came, 'nowhere')
    assert.match(path.known.words ?? '', /Connection refused/)
  })

  test('A port that takes the connection and does not shake hands is not waited for long', async () => {
    const path = await trying({ listen: listenSilently })
    assert.ok(isKnown(path))
    assert.deepEqual([path.known.came, path.known.words], ['to the port', 'no answer within 3 s'])
  })

  test('A target that cannot listen leaves it unknown, with its reason', async () => {
    const path = await trying({ listen: () => Promise.reject(new Error('no QEMU there')) })
    assert.ok(!isKnown(path))
    assert.match(path.unknown, /the target cannot listen for a trial stream: no QEMU there/)
  })

  test('A cancel is passed on, and nothing is left', async () => {
    const cancel = new AbortController()
    const listen: Listen = (params, folder) => {
      setTimeout(() => cancel.abort(new Error('cancelled')), 100)
      return listenSilently(params, folder)
    }
    await assert.rejects(trying({ listen }, cancel.signal), /cancelled/)
  })
})
