import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { hostIdentity } from './host-identity.ts'

async function hostFileIn(t: { after(clean: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kz-test-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'var/lib/zones/host.json')
}

test('hostIdentity() makes an id once, and keeps it when the host is renamed', async (t) => {
  const path = await hostFileIn(t)
  const first = await hostIdentity(path, 'alpha')
  assert.match(first.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  assert.deepEqual(await hostIdentity(path, 'beta'), { id: first.id, name: 'beta' })
  assert.deepEqual(await readdir(dirname(path)), ['host.json'])
})

test('hostIdentity() makes one id however many ask at once', async (t) => {
  const path = await hostFileIn(t)
  const all = await Promise.all(Array.from({ length: 20 }, () => hostIdentity(path, 'alpha')))
  assert.equal(new Set(all.map(({ id }) => id)).size, 1)
  assert.deepEqual(await readdir(dirname(path)), ['host.json'])
})

test('hostIdentity() names a damaged file and does not touch it', async (t) => {
  const path = await hostFileIn(t)
  await hostIdentity(path)
  await writeFile(path, '{"schema":1,"id":"7"}')
  await assert.rejects(hostIdentity(path), {
    code: 'HOST_FILE_DAMAGED',
    message: new RegExp(`"${path}" is damaged`),
  })
  assert.equal(await readFile(path, 'utf8'), '{"schema":1,"id":"7"}')
})

test('The name is that of KZ_HOSTNAME, or of the machine', async (t) => {
  const path = await hostFileIn(t)
  const before = process.env['KZ_HOSTNAME']
  t.after(() => {
    if (before !== undefined) process.env['KZ_HOSTNAME'] = before
    else delete process.env['KZ_HOSTNAME']
  })
  process.env['KZ_HOSTNAME'] = 'gamma'
  assert.equal((await hostIdentity(path)).name, 'gamma')
  delete process.env['KZ_HOSTNAME']
  assert.equal((await hostIdentity(path)).name, hostname())
})
