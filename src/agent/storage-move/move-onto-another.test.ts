import assert from 'node:assert/strict'
import { link, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { config, hostNamed, options, ownerOf, still } from '../../../test/fixtures/agent/two-hosts.ts'
import { attachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { installZone, uninstallZone } from '../lifecycle/install.ts'
import { moveStorage } from './move.ts'

const mib = 1024 ** 2
const quiet = { signal: still, progress: () => undefined }

/** A zone on alpha, and another one on beta, whose disk alpha reaches as well. */
async function withAnother() {
  const alpha = await hostNamed('alpha')
  const beta = await hostNamed('beta')
  await installZone(alpha.rig.host, alpha.zone, options, still)
  // A file that is there already, so that uninstalling it leaves it.
  await writeFile(beta.disk, Buffer.alloc(8 * mib, 3))
  await attachZone(beta.rig.host, beta.zone, still)
  const others = join(alpha.rig.layout.root, 'others')
  await link(beta.disk, others)
  const move = (uri: string, force: boolean | 'own') =>
    moveStorage(alpha.rig.host, alpha.zone, { ...quiet, force, wishes: [{ uri }] })
  const dispose = async () => {
    await alpha[Symbol.asyncDispose]()
    await beta[Symbol.asyncDispose]()
  }
  return { alpha, beta, others, move, [Symbol.asyncDispose]: dispose }
}

for (const isRunning of [false, true]) {
  test(`A zone that ${isRunning ? 'runs' : 'is down'} is not moved onto the disk of a zone of another host, not even by force`, async () => {
    await using both = await withAnother()
    const { alpha, beta, others, move } = both
    if (isRunning) await bootZone(alpha.rig.host, alpha.zone, {})
    const before = await readFile(others)
    for (const force of [false, true, 'own'] as const) {
      await assert.rejects(move('file:///others', force), {
        code: 'HOSTDATA_OTHER',
        message: `zone 'web1': "file:///others" is the boot device of the zone with uuid ${beta.zone.record.uuid}, by its host data`,
        remedy: /uninstall/,
      })
    }
    assert.ok(before.equals(await readFile(others)))
    assert.deepEqual((await ownerOf(beta))[0], 'beta')
    await uninstallZone(beta.rig.host, beta.zone)
    await writeFile(others, Buffer.alloc(mib), { flag: 'a' })
    await move('file:///others', true)
    assert.equal((await ownerOf(alpha))[0], 'alpha')
  })
}

test('A disk without host data is not moved there either', async () => {
  await using both = await withAnother()
  const { alpha, others } = both
  const more = 'add device\nset id=1\nset storage=file:///data\nset create-size=4m\nend\n'
  const { host } = alpha.rig
  const zone = await host.registry.saveConfig('web2', `${config.replace('///disk', '///disk2')}${more}`)
  await installZone(host, zone, { ...options, zone: 'web2' }, still)
  const wishes = [{ uri: 'file:///others', id: 1 }]
  const moved = (force: boolean | 'own') => moveStorage(host, zone, { ...quiet, force, wishes })
  await assert.rejects(moved(true), { code: 'HOSTDATA_OTHER' })
  // What the guest itself has written at the end of its own disk does not keep that from it.
  await moved('own')
  assert.equal((await stat(others)).size, 9 * mib)
})

test('By force a zone goes back to the disk that it had, which has its own host data', async () => {
  await using alpha = await hostNamed('alpha')
  const { host } = alpha.rig
  await installZone(host, alpha.zone, options, still)
  const move = (uri: string, force: boolean | 'own') =>
    moveStorage(host, alpha.zone, { ...quiet, force, wishes: [{ uri }] })
  await move('file:///new', false)
  await move('file:///disk', true)
  await move('file:///new', 'own')
  assert.deepEqual(await ownerOf(alpha), ['alpha', 'installed', 1])
})
