import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownerOf, still, twoHosts, twoHostsAndAnImage } from '../../../test/fixtures/agent/two-hosts.ts'
import { readZoneKey } from '../../hostdata/zone-key.ts'
import { attachZone, detachZone } from '../lifecycle/attach.ts'
import { bootOrResume } from '../lifecycle/boot-or-resume.ts'
import { ownershipOf } from '../outgoing/source-zone.ts'
import { rekeyZone } from './rekey.ts'

type Hosts = Pick<Awaited<ReturnType<typeof twoHosts>>, 'alpha' | 'beta'>

const keyOf = ({ rig }: Hosts['beta']) => readZoneKey(rig.layout.key('web1'))

async function giveKey({ rig }: Hosts['beta'], raw: string): Promise<void> {
  const config = (await rig.host.registry.config('web1'))?.text.replace(/add keysource\n.*\nend\n/, '')
  await rig.host.registry.saveConfig('web1', `${config}add keysource\nset raw=${raw}\nend\n`)
}

/** Beta has the key by its configuration alone, as `zonecfg export -k` on alpha has written it. */
async function bringByHand({ alpha, beta }: Hosts): Promise<void> {
  await rm(beta.rig.layout.key('web1'))
  await giveKey(beta, (await readFile(alpha.rig.layout.key('web1'), 'utf8')).trim())
}

test('The key of the configuration with which a zone was attached is its own from then on, also if that is changed', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await bringByHand(hosts)
  await detachZone(alpha.rig.host, alpha.zone)
  await attachZone(beta.rig.host, beta.zone, still)
  assert.deepEqual(await keyOf(beta), await keyOf(alpha))
  await giveKey(beta, 'ab'.repeat(32))
  await rekeyZone(beta.rig.host, beta.zone)
  assert.equal((await keyOf(beta))?.toString('hex'), 'ab'.repeat(32))
  assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
})

test('If the zone is not attached after all, no key is left', async () => {
  await using hosts = await twoHosts()
  const { alpha, beta } = hosts
  await bringByHand(hosts)
  await detachZone(alpha.rig.host, alpha.zone)
  const attached = assert.rejects(attachZone(beta.rig.host, beta.zone, still), { code: 'ZONE_IN_USE' })
  while ((await ownerOf(alpha))[0] !== 'beta') await sleep(10)
  assert.ok(existsSync(beta.rig.layout.key('web1')))
  await attachZone(alpha.rig.host, alpha.zone, still, { takeover: true })
  await attached
  assert.equal(existsSync(beta.rig.layout.key('web1')), false)
})

test('A suspended zone that was brought by hand goes on', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { beta, linkImage, takeOver } = hosts
  await bringByHand(hosts)
  await linkImage()
  await takeOver()
  const calm = { signal: still, progress: () => undefined }
  await bootOrResume(beta.rig.host, beta.zone, { bootargs: undefined, discard: false }, calm)
  assert.deepEqual(await ownerOf(beta), ['beta', 'running', 2])
})

test('One that was attached before its key was kept goes on by its configuration, and sends the key with a migration', async () => {
  await using hosts = await twoHostsAndAnImage()
  const { alpha, beta, linkImage, takeOver } = hosts
  await bringByHand(hosts)
  await linkImage()
  await takeOver()
  await rm(beta.rig.layout.key('web1'))
  const sent = await ownershipOf(beta.rig.host, beta.zone).readZoneKey()
  assert.deepEqual(sent, await keyOf(alpha))
  const calm = { signal: still, progress: () => undefined }
  await bootOrResume(beta.rig.host, beta.zone, { bootargs: undefined, discard: false }, calm)
  assert.equal(beta.zone.state, 'running')
})
