import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { hostFiles } from '../../../test/fixtures/agent/host-files.ts'
import { tinyConfig, tinySpec } from '../../../test/fixtures/tiny-machine.ts'
import type { ZoneError } from '../../errors.ts'
import { readMemory } from '../../facts/memory.ts'
import { atomicWrite } from '../../util/atomic-write.ts'
import { Arrivals, readIncomingJournal, recoverIncoming } from './arrivals.ts'
import { readIncomingMark } from './incoming-mark.ts'

const mib = 1024 ** 2
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const request = (zone = 'web1', change = {}) => ({
  migrationId: crypto.randomUUID() as string,
  zone,
  source: 'alpha',
  spec: tinySpec(zone),
  configText: tinyConfig,
  ...change,
})

async function target() {
  const here = await agentHost()
  const arrivals = new Arrivals(here.host)
  return {
    ...here,
    host: here.host,
    arrivals,
    files: () => hostFiles(here.layout.root),
    async [Symbol.asyncDispose]() {
      arrivals[Symbol.dispose]()
      await here[Symbol.asyncDispose]()
    },
  }
}

test('Where there is no configuration the source’s is imported, and removed again with all else', async () => {
  await using here = await target()
  const before = await here.files()
  const params = request()
  const answer = await here.arrivals.reserve(params)
  assert.deepEqual(answer, { imported: true, missing: [] })
  const zone = here.host.registry.get('web1')
  assert.deepEqual(
    [zone.state, zone.auxiliary, zone.operation?.kind],
    ['configured', ['migrating-in'], 'migrate'],
  )
  assert.equal(await readFile(here.layout.config('web1'), 'utf8'), tinyConfig)
  assert.deepEqual(
    here.host.reservations.pending().map(({ id }) => id),
    [params.migrationId],
  )
  const journal = await readIncomingJournal(here.host, 'web1')
  const { migrationId, spec } = params
  assert.ok(journal?.startedAt !== undefined && Date.parse(journal.startedAt) <= Date.now())
  assert.deepEqual(journal, {
    startedAt: journal.startedAt,
    schema: 1,
    direction: 'in',
    migrationId,
    zone: 'web1',
    source: 'alpha',
    imported: true,
    spec,
  })
  assert.equal(await readIncomingMark(here.layout, 'web1'), 'waiting')

  const status = await here.arrivals.abort({ migrationId, zone: 'web1', knowsOfLoss: false })
  assert.equal(status, 'none')
  assert.equal(here.host.registry.find('web1'), undefined)
  assert.deepEqual(here.host.reservations.pending(), [])
  assert.deepEqual(await here.files(), before)
})

test('A configuration that is here is used and stays', async () => {
  await using here = await target()
  const own = tinyConfig.replace('32M', '64M')
  const zone = await here.host.registry.saveConfig('web1', own)
  const before = await here.files()
  const params = request()
  assert.equal((await here.arrivals.reserve(params)).imported, false)
  assert.equal(await readFile(here.layout.config('web1'), 'utf8'), own)
  await here.arrivals.abort({ ...params, knowsOfLoss: false })
  assert.deepEqual(await here.files(), before)
  assert.equal(here.host.registry.get('web1'), zone)
  assert.deepEqual([zone.auxiliary, zone.operation], [[], undefined])
})

test('A zone that was here before, with the same uuid, is welcome', async () => {
  await using here = await target()
  await here.zone('web1', 'configured')
  assert.deepEqual(await here.arrivals.reserve(request()), { imported: false, missing: [] })
})

const taken = [
  ['that is installed here', 'installed', undefined],
  ['that is another, by its uuid', 'configured', '99999999-2222-4333-8444-555555555555'],
] as const

for (const [what, state, uuid] of taken) {
  test(`The name of a zone ${what} is refused, and nothing is changed`, async () => {
    await using here = await target()
    await here.zone('web1', state)
    const before = await here.files()
    const spec = tinySpec('web1', uuid)
    await assert.rejects(here.arrivals.reserve(request('web1', { spec })), {
      code: 'NAME_TAKEN',
      remedy: 'See it there: zoneadm -z web1 list -v',
    })
    assert.deepEqual(await here.files(), before)
    assert.deepEqual(here.host.reservations.pending(), [])
  })
}

test('A configuration that this release does not understand is refused, and nothing is changed', async () => {
  await using here = await target()
  const before = await here.files()
  await assert.rejects(here.arrivals.reserve(request('web1', { configText: 'create -b\nset colour=red\n' })))
  assert.deepEqual(await here.files(), before)
  assert.equal(here.host.registry.find('web1'), undefined)
})

test('While something else is done with the zone it is refused, and nothing is changed', async () => {
  await using here = await target()
  const zone = await here.zone('web1', 'configured')
  const before = await here.files()
  using _operation = zone.begin('install')
  await assert.rejects(here.arrivals.reserve(request()), { code: 'ZONE_BUSY' })
  assert.deepEqual(await here.files(), before)
  assert.deepEqual([zone.auxiliary, here.host.reservations.pending()], [[], []])
})

test('Of two migrations of the same name one is taken; the other changes nothing', async () => {
  await using here = await target()
  const [first, second] = [request(), request()]
  const outcomes = await Promise.allSettled([here.arrivals.reserve(first), here.arrivals.reserve(second)])
  const statuses = outcomes.map(({ status }) => status)
  assert.deepEqual(statuses.toSorted(), ['fulfilled', 'rejected'])
  const winner = statuses[0] === 'fulfilled' ? first : second
  const journal = await readIncomingJournal(here.host, 'web1')
  assert.equal(journal?.migrationId, winner.migrationId)
  assert.deepEqual(
    here.host.reservations.pending().map(({ id }) => id),
    [winner.migrationId],
  )
})

test('Of two migrations that want most of the memory at once one is taken; the other changes nothing', async () => {
  await using here = await target()
  const mostOfIt = Math.floor(((await readMemory()).availableBytes * 0.6) / mib) * mib
  const large = (zone: string, uuid: string) =>
    request(zone, { spec: { ...tinySpec(zone, uuid), memoryBytes: mostOfIt } })
  const [first, second] = [large('web1', 'one'), large('web2', 'two')]
  const outcomes = await Promise.allSettled([here.arrivals.reserve(first), here.arrivals.reserve(second)])
  const statuses = outcomes.map(({ status }) => status)
  assert.deepEqual(statuses.toSorted(), ['fulfilled', 'rejected'])
  const [winner, loser] = statuses[0] === 'fulfilled' ? [first, second] : [second, first]
  const refusals = outcomes.filter((outcome) => outcome.status === 'rejected')
  const [{ code, message } = assert.fail()] = refusals.map(({ reason }) => reason as ZoneError)
  assert.equal(code, 'NO_MEMORY')
  assert.match(message, new RegExp(`promised to ${winner.zone} .* \\(arriving\\); nothing was changed$`))
  assert.equal(here.host.registry.find(loser.zone), undefined)
  assert.deepEqual(
    Object.keys(await here.files()).filter((path) => path.includes(loser.zone)),
    [],
  )
  await here.arrivals.abort({ ...winner, knowsOfLoss: false })
  await here.arrivals.reserve(loser)
})

const claims = [
  ['MAC address', 'MAC_IN_USE', 'add anet\nset lower-link=br0\nset mac-address=02:08:20:00:00:01\nend\n'],
  ['disk', 'STORAGE_IN_USE', 'add device\nset storage=iscsi://h/target.iqn.2026-11.org.x:y,lun.1\nend\n'],
] as const

for (const [what, code, lines] of claims) {
  test(`A ${what} that a zone here was given since the check is refused, and nothing is changed`, async () => {
    await using here = await target()
    const other = await here.host.registry.saveConfig('web2', tinyConfig + lines)
    await here.host.registry.update(other, { state: 'installed', uuid: 'another' })
    const before = await here.files()
    const spec = {
      ...tinySpec('web1'),
      nics: [{ kind: 'anet', id: 0, pciSlot: 2, macAddress: '02:08:20:00:00:01' }],
      disks: [{ id: 0, storage: 'iscsi://h/target.iqn.2026-11.org.x:y,lun.1', pciSlot: 1, serial: 's' }],
    }
    await assert.rejects(here.arrivals.reserve(request('web1', { spec })), {
      code,
      message: /zone 'web2', which is installed; nothing was changed$/,
    })
    assert.deepEqual(await here.files(), before)
    assert.deepEqual(here.host.reservations.pending(), [])
  })
}

test('A host in maintenance refuses, and nothing is changed', async () => {
  await using here = await target()
  await atomicWrite(here.layout.maintenanceFile, 'new memory\n')
  const before = await here.files()
  await assert.rejects(here.arrivals.reserve(request()), {
    code: 'IN_MAINTENANCE',
    message: 'The target is in maintenance: new memory; nothing was changed',
  })
  assert.deepEqual(await here.files(), before)
})

test('What is known of a zone that may have run here is not written over by another of its name', async () => {
  await using here = await target()
  const first = request()
  await here.arrivals.reserve(first)
  const host = await here.reboot()
  using arrivals = new Arrivals(host)
  const spec = tinySpec('web1', '99999999-2222-4333-8444-555555555555')
  await assert.rejects(arrivals.reserve(request('web1', { spec })), { code: 'MIGRATION_UNSETTLED' })
  const journal = await readIncomingJournal(host, 'web1')
  assert.ok(journal !== undefined)
  await recoverIncoming(host, journal)
  assert.equal(await arrivals.abort({ ...first, knowsOfLoss: false }), 'lost')
})

test('A zone whose earlier migration was lost here can come again from its owner', async () => {
  await using here = await target()
  await here.arrivals.reserve(request())
  const host = await here.reboot()
  using arrivals = new Arrivals(host)
  const second = request()
  await arrivals.reserve(second)
  const journal = await readIncomingJournal(host, 'web1')
  assert.equal(journal?.migrationId, second.migrationId)
})

test('Files of a direct boot that are missing or other ones are asked for', async () => {
  await using here = await target()
  const directBoot = { kernelSha256: sha256('kernel'), initrdSha256: sha256('initrd') }
  const params = request('web1', { spec: { ...tinySpec('web1'), directBoot } })
  const missingNow = async () => {
    const { missing } = await here.arrivals.reserve(params)
    await here.arrivals.abort({ ...params, knowsOfLoss: false })
    return missing
  }
  // Kept when the migration is given up: the configuration was here before.
  await here.host.registry.saveConfig('web1', tinyConfig)
  assert.deepEqual(await missingNow(), ['kernel', 'initrd'])
  await mkdir(dirname(here.layout.kernel('web1')), { recursive: true })
  await writeFile(here.layout.kernel('web1'), 'kernel')
  await writeFile(here.layout.initrd('web1'), 'another initrd')
  assert.deepEqual(await missingNow(), ['initrd'])
  await writeFile(here.layout.initrd('web1'), 'initrd')
  assert.deepEqual(await missingNow(), [])
})

test('A file comes in pieces and appears when it is complete; given up, no piece is left', async () => {
  await using here = await target()
  const params = request()
  await here.arrivals.reserve(params)
  const { migrationId } = params
  const send = (file: 'kernel' | 'initrd', text: string, last: boolean) =>
    here.arrivals.file({ migrationId, file, data: Buffer.from(text).toString('base64'), last })
  await send('kernel', 'ker', false)
  await assert.rejects(readFile(here.layout.kernel('web1')), { code: 'ENOENT' })
  await send('kernel', 'nel', true)
  assert.equal(await readFile(here.layout.kernel('web1'), 'utf8'), 'kernel')
  await send('initrd', 'half', false)
  await here.arrivals.abort({ ...params, knowsOfLoss: false })
  assert.deepEqual(await here.files(), {})
})
