import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { liveMigration } from '../../../test/fixtures/live-migration.ts'
import { scriptedPeer } from '../../../test/fixtures/peer/scripted-peer.ts'
import { type QmpScript, scriptedQmp } from '../../../test/fixtures/scripted-qmp.ts'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import type { PeerParams } from '../peer-api.ts'
import { prepare } from './prepare.ts'

async function preparing(cipher: string | null, { host = '10.0.0.2', script = {} as QmpScript } = {}) {
  const folder = await temporaryFolder()
  const asked: PeerParams<'peer/prepare'>[] = []
  const { peer } = scriptedPeer({
    'peer/prepare': (params) => {
      asked.push(params)
      return { host, port: '4711' }
    },
  })
  const { qmp, transport, commands } = await scriptedQmp(script)
  const keyFolder = join(folder.path, 'web1.key')
  const target = { id: 'id-of-beta', name: 'beta', ciphers: ['aes-128-gcm'] }
  const { migration } = liveMigration(peer, qmp, { cipher, target }, { keyFolder })
  const dispose = () => folder[Symbol.asyncDispose]()
  return { migration, asked, transport, commands, keyFolder, [Symbol.asyncDispose]: dispose }
}

test('Both ends get the same new key; the file is there only until QEMU has read it', async () => {
  let inFile = ''
  const script: QmpScript = {
    'object-add': async (args) => {
      inFile = await readFile(join((args as { dir: string }).dir, 'keys.psk'), 'utf8')
    },
  }
  await using here = await preparing(null, { script })
  await prepare.run(here.migration)
  const [params] = here.asked
  assert.match(params?.psk ?? '', /^[0-9a-f]{64}$/)
  assert.match(params?.priority ?? '', /\+AES-128-GCM:/)
  assert.equal(inFile, `qemu:${params?.psk}\n`)
  assert.equal(existsSync(here.keyFolder), false)
  const sent = JSON.stringify(here.transport.sent)
  assert.equal(sent.includes(params?.psk ?? ''), false, 'no key on the command line or in QMP')
  assert.match(sent, /"endpoint":"client"/)
})

test('The key is new for each migration', async () => {
  await using here = await preparing(null)
  await prepare.run(here.migration)
  await prepare.run(here.migration)
  assert.notEqual(here.asked[0]?.psk, here.asked[1]?.psk)
})

test('A chosen cipher is asked of both ends', async () => {
  await using here = await preparing('aes-128-gcm')
  await prepare.run(here.migration)
  const priority = 'NORMAL:-CIPHER-ALL:+AES-128-GCM'
  assert.equal(here.asked[0]?.priority, priority)
  const added = here.transport.sent.find(({ execute }) => execute === 'object-add')
  assert.equal((added?.arguments as { priority?: string } | undefined)?.priority, priority)
})

test('In the clear there is no key, nowhere', async () => {
  await using here = await preparing('none')
  await prepare.run(here.migration)
  assert.deepEqual(here.asked, [{ migrationId: here.migration.id, psk: null, priority: null }])
  assert.equal(here.commands().includes('object-add'), false)
  assert.deepEqual(await readdir(join(here.keyFolder, '..')), [])
})

for (const [host, uri] of [
  ['10.0.0.2', 'tcp:10.0.0.2:4711'],
  ['fd00::2', 'tcp:[fd00::2]:4711'],
] as const) {
  test(`A target at ${host} is reached at ${uri}`, async () => {
    await using here = await preparing(null, { host })
    await prepare.run(here.migration)
    assert.equal(here.migration.streamUri, uri)
  })
}

test('If QEMU refuses the key, it is not left behind; undone twice, QEMU has forgotten the stream', async () => {
  const script: QmpScript = {
    'object-add': () => {
      throw new Error('no TLS in this QEMU')
    },
    'object-del': () => {
      throw new Error('object not found')
    },
  }
  await using here = await preparing(null, { script })
  await assert.rejects(prepare.run(here.migration), /no TLS in this QEMU/)
  assert.equal(existsSync(here.keyFolder), false)
  here.transport.sent.length = 0
  await prepare.undo?.(here.migration)
  await prepare.undo?.(here.migration)
  const once = ['migrate-set-parameters', 'object-del']
  assert.deepEqual(here.commands(), [...once, ...once])
})
