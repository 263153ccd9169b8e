import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentHost } from '../../test/fixtures/agent/agent-host.ts'
import { tinyConfig, tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { HostFacts } from '../facts/schema.ts'
import { createStorage } from '../storage/storage.ts'

const mib = 1024 ** 2

test('The memory of zones that run here and of those on their way counts, each once', async () => {
  await using rig = await agentHost()
  const { knowledge, reservations } = rig.host
  const committed = async () => (await knowledge.memory()).committedBytes / mib
  assert.equal(await committed(), 0)
  const running = await rig.zone('web1', 'installed')
  assert.equal(await committed(), 0, 'a zone that does not run has no promise')
  await rig.startMachine(running)
  assert.equal(await committed(), 32)
  const spec = tinySpec('web2', '11111111-2222-4333-8444-555555555556')
  const memory = { physicalBytes: 32 * mib, pagesizePolicy: undefined, pagesizeBytes: undefined }
  reservations.take({ id: 'of web2', kind: 'arriving', spec, memory }, await knowledge.stock(spec))
  assert.equal(await committed(), 64)
  const arriving = await rig.zone('web2', 'configured')
  await rig.startMachine(arriving, true)
  assert.equal(await committed(), 64, 'a machine that waits for its guest is not counted twice')
  reservations.drop('of web2')
  assert.equal(await committed(), 64)
})

test('What a zone has really taken is known, and never more than what was promised', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await rig.startMachine(zone)
  const { takenBytes, committedBytes, totalBytes, availableBytes } = await rig.host.knowledge.memory()
  assert.ok(takenBytes > 0 && takenBytes <= committedBytes, `${takenBytes} of ${committedBytes}`)
  assert.ok(availableBytes > 0 && availableBytes < totalBytes)
})

test('The facts say who the host is, what it has, what is under way, and what of the storage opens', async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  await createStorage('file:///zones/disk', mib, rig.host.storage)
  using operation = zone.begin('migrate')
  const uris = ['file:///zones/disk', 'file:///zones/none', 'gopher://x']
  const facts = await rig.host.knowledge.facts(uris, ['qemu64,+ssse3'])
  assert.deepEqual(HostFacts.parse(facts), facts)
  assert.deepEqual(facts.host, rig.host.identity)
  assert.deepEqual(facts.operations, {
    known: [{ id: operation.id, zoneUuid: tinySpec('web1').uuid, zoneName: 'web1', kind: 'migrate' }],
  })
  assert.ok('known' in facts.zones && facts.zones.known[0]?.name === 'web1')
  assert.ok('known' in facts.cpuModels)
  assert.ok(facts.cpuModels.known.some(({ name }) => name === 'qemu64,+ssse3'))
  assert.ok('known' in facts.storage)
  const [opened, missing, unknown] = facts.storage.known
  assert.ok(opened !== undefined && 'opened' in opened && opened.opened.sizeBytes === mib)
  assert.ok(missing !== undefined && 'error' in missing && /zones\/none/.test(missing.error))
  assert.ok(unknown !== undefined && 'error' in unknown && unknown.error !== '')
})

test('The facts say which storage of zones here is the same as what is asked about, opened or not', async () => {
  await using rig = await agentHost()
  const has = (uri: string) => `${tinyConfig}add device\nset storage=${uri}\nset id=0\nend\n`
  for (const [name, state] of [
    ['web1', 'installed'],
    ['web2', 'configured'],
  ] as const) {
    const zone = await rig.host.registry.saveConfig(name, has(`nbd://localhost:1/${name}`))
    await rig.host.registry.update(zone, { state, uuid: name })
  }
  const uris = ['nbd://127.0.0.1:1/web1', 'nbd://127.0.0.1:1/web2']
  const facts = await rig.host.knowledge.facts(uris, [])
  assert.deepEqual(HostFacts.parse(facts), facts)
  assert.ok('known' in facts.storage)
  assert.deepEqual(
    facts.storage.known.map(({ uri, sameAs }) => [uri, sameAs]),
    [
      ['nbd://127.0.0.1:1/web1', ['nbd://localhost:1/web1']],
      ['nbd://127.0.0.1:1/web2', undefined],
    ],
  )
})

test('A cancelled look at the facts throws the reason', async () => {
  await using rig = await agentHost()
  const reason = new Error('cancelled')
  await assert.rejects(rig.host.knowledge.facts([], [], AbortSignal.abort(reason)), reason)
})
