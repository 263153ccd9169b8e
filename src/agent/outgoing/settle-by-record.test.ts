import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { test } from 'node:test'
import { ids, ownerOf, still, twoHosts } from '../../../test/fixtures/agent/two-hosts.ts'
import { type Answer, scriptedTarget } from '../../../test/fixtures/peer/scripted-target.ts'
import { journalPath, migrationJournal } from '../../migration/journal.ts'
import { attachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { haltZone } from '../lifecycle/stop.ts'
import { migrateHandlers } from '../operations/migrate.ts'
import { offerZone } from '../ownership/hand-over-record.ts'
import { claimSoon } from '../ownership/watch-owners.ts'
import { readRecord, writeRecord } from '../zone-record.ts'
import { readMigrations } from './migration-ledger.ts'

const ticket: string = crypto.randomUUID()

/**
 * A migration of which the source has sent the ticket, and its machine has ended since. The target is as told; by the disk the
 * zone is offered to it, or it has written its name there.
 */
async function interrupted(disk: 'offered' | 'claimed', answer?: Answer) {
  await using undo = new AsyncDisposableStack()
  const hosts = undo.use(await twoHosts())
  const target = undo.use(await scriptedTarget(answer === undefined ? {} : { 'peer/abort': answer }))
  if (answer === undefined) await target.becomeUnreachable()
  const { alpha, beta } = hosts
  await offerZone(alpha.rig.host, alpha.zone, ticket, { id: ids.beta, name: 'beta' })
  if (disk === 'claimed') {
    const { uuid, hostData } = alpha.zone.record
    const arrived = { state: 'installed', uuid, hostData, unclaimed: true, arrival: ticket } as const
    await beta.rig.host.registry.update(beta.zone, arrived)
    await claimSoon(beta.rig.host, beta.zone)
  }
  const { uri, environment } = target
  const journal = journalPath(alpha.rig.layout.zoneFolder('web1'))
  const outgoing = {
    schema: 1,
    direction: 'out',
    migrationId: ticket,
    zone: 'web1',
    target: uri,
    targetId: ids.beta,
    environment,
  }
  await writeRecord(journal, { ...outgoing, streamUri: 'tcp:192.0.2.1:1' })
  alpha.zone.moving = 'migrating-out'
  const kept = undo.move()
  const said: string[] = []
  return {
    alpha,
    beta,
    said,
    recover: (targetIsGone: boolean) =>
      migrateHandlers['zone/recover'](
        alpha.rig.host,
        { zone: 'web1', environment, targetIsGone },
        { signal: still, progress: (value) => value.kind === 'line' && said.push(value.text) },
      ),
    isUnsettled: () => existsSync(journal),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

for (const targetIsGone of [false, true]) {
  const asked = targetIsGone ? ', though the operator says that it is gone' : ''
  test(`A zone whose disk names the silent target is not taken back${asked}: the message says how it is taken over`, async () => {
    await using it = await interrupted('claimed')
    const { alpha } = it
    await assert.rejects(it.recover(targetIsGone), {
      code: 'TARGET_SILENT',
      message:
        /^zone 'web1': by its boot device host beta has it \(installed, last updated 20\d\d-.*Z\); ssh:\/\/beta does not say whether it runs there; it was detached here$/,
      remedy: /gone for good.*: zoneadm -z web1 attach -x force-takeover, then zoneadm -z web1 boot$/s,
    })
    assert.match(it.said.join('\n'), /ssh:\/\/beta gives no answer: .*refused/)
    assert.match(it.said.join('\n'), /By its boot device: host beta has it \(installed/)
    assert.deepEqual(
      [alpha.zone.state, alpha.zone.moving, it.isUnsettled()],
      ['configured', undefined, false],
    )
    assert.deepEqual(await ownerOf(it.beta), ['beta', 'installed', 2], 'nothing was written')
    const { records } = await readMigrations(alpha.rig.layout, null)
    assert.deepEqual(
      records.map(({ outcome, code }) => [outcome, code]),
      [['moved', 'TARGET_SILENT']],
    )
    assert.deepEqual(await it.recover(targetIsGone), {
      lines: ['No migration of this zone is unsettled here.'],
    })

    // What was printed: that host has burned.
    await assert.rejects(attachZone(alpha.rig.host, alpha.zone, still), { code: 'ZONE_IN_USE' })
    await attachZone(alpha.rig.host, alpha.zone, still, { takeover: true })
    await bootZone(alpha.rig.host, alpha.zone, {})
    assert.deepEqual(await ownerOf(alpha), ['alpha', 'running', 3])
    await haltZone(alpha.rig.host, alpha.zone)
  })
}

test('A zone that a third host has taken over is that host’s, also when the target says that its guest was lost', async () => {
  await using it = await interrupted('offered', { result: { status: 'lost' } })
  const { alpha, beta } = it
  // For alpha it is not the target that has written its name there.
  const journal = journalPath(alpha.rig.layout.zoneFolder('web1'))
  const outgoing = await readRecord(journal, migrationJournal)
  await writeRecord(journal, { ...outgoing, targetId: 'of-gamma' })
  await attachZone(beta.rig.host, beta.zone, still, { takeover: true })
  await assert.rejects(it.recover(false), { code: 'TARGET_SILENT', message: /host beta has it/ })
  assert.equal(alpha.zone.state, 'configured')
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
})

test('A zone that its disk only offers to the silent target is held, and the message says so', async () => {
  await using it = await interrupted('offered')
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(it.recover(false), {
      code: 'HAND_OVER_UNCERTAIN',
      message:
        /by its boot device host alpha has it \(installed, offered to beta, last updated .*\); the zone/,
    })
  }
  assert.deepEqual([it.alpha.zone.state, it.isUnsettled()], ['installed', true])
  assert.deepEqual(await ownerOf(it.alpha), ['alpha', 'installed', 1, 'beta'])
})

test('Of a zone that its disk only offers, the operator’s word that the target is gone takes the offer back', async () => {
  await using it = await interrupted('offered')
  await assert.rejects(it.recover(true), { code: 'TARGET_LOST', remedy: /zoneadm -z web1 boot$/ })
  assert.deepEqual([it.alpha.zone.state, it.isUnsettled()], ['installed', false])
  assert.deepEqual(await ownerOf(it.alpha), ['alpha', 'installed', 1])
})

test('The operator’s word that the target is gone does not go before the word of the target itself', async () => {
  await using it = await interrupted('claimed', { result: { status: 'arrived' } })
  assert.match((await it.recover(true)).lines.join(' '), /The zone is on ssh:\/\/beta; it was detached here/)
  assert.deepEqual(await ownerOf(it.beta), ['beta', 'installed', 2])
  assert.equal(it.alpha.zone.state, 'configured')
  await using other = await interrupted('offered', { result: { status: 'none' } })
  assert.deepEqual((await other.recover(true)).lines, ['The zone is installed here.'])
  assert.match(other.said.join('\n'), /ssh:\/\/beta says: it does not run there, and never will/)
  assert.deepEqual(await ownerOf(other.alpha), ['alpha', 'installed', 1])
})

test('A disk that cannot be read settles nothing, and the message says so', async () => {
  await using it = await interrupted('claimed')
  const { disk } = it.alpha
  await rename(disk, `${disk}.away`)
  await assert.rejects(it.recover(false), {
    code: 'HAND_OVER_UNCERTAIN',
    message: /by its boot device nothing is known now: .*No such file or directory/,
  })
  await rename(`${disk}.away`, disk)
  await assert.rejects(it.recover(false), { code: 'TARGET_SILENT' })
})

test('What is found is told first: journal, machine, answer and disk', async () => {
  await using it = await interrupted('offered', { result: { status: 'none' } })
  await it.recover(false)
  assert.deepEqual(
    it.said.map((line) => line.replace(/ \(.*\)/, '')),
    [
      'Found: a live migration to ssh://beta was interrupted when its memory was being sent, or later.',
      'Here: its machine is gone.',
      'ssh://beta says: it does not run there, and never will by this migration.',
      'By its boot device: host alpha has it.',
    ],
  )
})
