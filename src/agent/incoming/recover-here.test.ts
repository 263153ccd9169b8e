import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { test } from 'node:test'
import { ids, ownerOf, still, twoHosts } from '../../../test/fixtures/agent/two-hosts.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import { type IncomingJournal, journalPath } from '../../migration/journal.ts'
import { attachZone } from '../lifecycle/attach.ts'
import { machineToBoot } from '../lifecycle/boot.ts'
import { migrateHandlers } from '../operations/migrate.ts'
import { readMigrations } from '../outgoing/migration-ledger.ts'
import { offerZone, retakeZone, withdrawZone } from '../ownership/hand-over-record.ts'
import { writeOwner } from '../ownership/own.ts'
import { writeRecord } from '../zone-record.ts'
import { Arrivals, recoverIncoming } from './arrivals.ts'
import { placeKey } from './carried-key.ts'

const ticket: string = crypto.randomUUID()

/** A zone that alpha offers, and that was on its way to beta when beta went down. */
async function interrupted() {
  const hosts = await twoHosts()
  const { alpha, beta } = hosts
  const { hostData } = alpha.zone.record
  const contract = await alpha.rig.host.registry.contract('web1')
  const spec = await machineToBoot(alpha.rig.host, alpha.zone, contract)
  await offerZone(alpha.rig.host, alpha.zone, ticket, { id: ids.beta, name: 'beta' })
  const key = await readZoneKey(alpha.rig.layout.key('web1'))
  assert.ok(hostData !== undefined && key !== undefined)
  const journal: IncomingJournal = {
    schema: 1,
    direction: 'in',
    migrationId: ticket,
    zone: 'web1',
    source: 'alpha',
    imported: false,
    spec,
    hostData,
  }
  await placeKey(beta.rig.layout, journal, key.toString('hex'))
  await writeRecord(journalPath(beta.rig.layout.zoneFolder('web1')), journal)
  await recoverIncoming(beta.rig.host, journal)
  assert.equal(beta.zone.lostFrom, 'alpha')
  const said: string[] = []
  return {
    alpha,
    beta,
    said,
    /** What the source hears when it asks. */
    asked: async (knowsOfLoss = false) => {
      using arrivals = new Arrivals(beta.rig.host)
      return await arrivals.abort({ migrationId: ticket, zone: 'web1', knowsOfLoss })
    },
    recover: (targetIsGone = false) =>
      migrateHandlers['zone/recover'](
        beta.rig.host,
        { zone: 'web1', environment: {}, targetIsGone },
        { signal: still, progress: (value) => value.kind === 'line' && said.push(value.text) },
      ),
    [Symbol.asyncDispose]: () => hosts[Symbol.asyncDispose](),
  }
}

const nothing = { lines: ['No migration of this zone is unsettled here.'] }

test('While the disk offers the zone to this host, its source has to say, and the message says what to type there', async () => {
  await using it = await interrupted()
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(it.recover(), {
      code: 'MIGRATION_UNSETTLED',
      message: /by its boot device host alpha has it \(installed, offered to beta, .*\); alpha decides/,
      remedy: /^On alpha: zoneadm -z web1 migrate --recover\n/,
    })
  }
  assert.deepEqual(it.said.slice(0, 2), [
    'Found: a live migration from alpha was not settled here.',
    'Here: this host went down since, and it may have begun to run before.',
  ])
  assert.equal(it.beta.zone.lostFrom, 'alpha')
  assert.match((await it.recover(true)).lines.join(' '), /is forgotten here/)
})

test('Forgotten by the word of an operator who is wrong, it is still told to be lost: the source must not go on from its memory', async () => {
  await using it = await interrupted()
  assert.match(
    (await it.recover(true)).lines.join(' '),
    /should alpha ask after all, it hears that the guest was lost/,
  )
  assert.deepEqual([it.beta.zone.state, it.beta.zone.lostFrom], ['configured', undefined])
  assert.deepEqual(await it.recover(), nothing)
  for (const knowsOfLoss of [false, false, true]) assert.equal(await it.asked(knowsOfLoss), 'lost')
  assert.equal(await it.asked(), 'none')
})

test('Taken over by force after that, it is told to be here: the source does not take it back', async () => {
  await using it = await interrupted()
  const { beta } = it
  await it.recover(true)
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true })
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
  assert.equal(await it.asked(), 'arrived')
  await beta.rig.host.registry.update(beta.zone, { state: 'unavailable' })
  assert.equal(await it.asked(), 'lost', 'another host has taken it over since')
})

for (const [how, takeBack] of [
  ['took its offer back', withdrawZone],
  ['took the zone back', retakeZone],
] as const) {
  test(`A source that ${how} has the zone: the migration is undone here, without a word of it`, async () => {
    await using it = await interrupted()
    const { alpha, beta } = it
    await takeBack(alpha.rig.host, alpha.zone, ids.beta)
    assert.deepEqual((await it.recover()).lines, ['The migration from alpha is forgotten here.'])
    assert.deepEqual([beta.zone.state, beta.zone.lostFrom], ['configured', undefined])
    assert.deepEqual(await it.recover(), nothing)
    assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
  })
}

test('A zone that is this host’s by its disk is finished here', async () => {
  await using it = await interrupted()
  const { beta } = it
  // As after a claim, of which this host has lost what it had written down itself.
  const { uuid, hostData } = it.alpha.zone.record
  await beta.rig.host.registry.update(beta.zone, { uuid, hostData, arrival: ticket })
  await writeOwner(beta.rig.host, beta.zone, { state: 'installed' })
  await beta.rig.host.registry.update(beta.zone, { uuid: null, hostData: undefined, arrival: undefined })
  assert.deepEqual((await it.recover()).lines, ['It has come from alpha, and is installed here.'])
  assert.deepEqual([beta.zone.record.arrival, beta.zone.lostFrom], [ticket, undefined])
  const { records } = await readMigrations(beta.rig.layout, null)
  assert.partialDeepStrictEqual(records, [
    { direction: 'in', source: 'alpha', target: 'beta', migrationId: ticket, outcome: 'moved' },
  ])
  assert.deepEqual(await it.recover(), nothing)
})

test('A zone that a later owner has, or whose disk is away, is left to its source', async () => {
  await using it = await interrupted()
  const { alpha, beta } = it
  await rename(beta.disk, `${beta.disk}.away`)
  await assert.rejects(it.recover(), {
    code: 'MIGRATION_UNSETTLED',
    message: /nothing is known: .*No such file/,
  })
  await rename(`${beta.disk}.away`, beta.disk)
  // By force, at a host that takes itself for the target: the source knows nothing of that.
  const ofBeta = { ...beta.zone.record }
  await alpha.rig.host.registry.update(alpha.zone, { state: 'configured' })
  const gamma = { ...alpha.rig.host, identity: { id: '848611d4-0000-4000-8000-00000000000c', name: 'gamma' } }
  await attachZone(gamma, alpha.zone, still, { takeover: true })
  await assert.rejects(it.recover(), { code: 'MIGRATION_UNSETTLED', message: /host gamma has it/ })
  assert.deepEqual(beta.zone.record, ofBeta)
})
