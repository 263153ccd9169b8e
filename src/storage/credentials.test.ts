import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { hostLayout } from '../util/host-layout.ts'
import { readCredentials } from './credentials.ts'

test('Credentials are those of the first name that has some, and never those of another scheme', async () => {
  await using folder = await temporaryFolder()
  const context = { root: folder.path, initiatorName: 'iqn.2026-11.org.kzone:test' }
  const layout = hostLayout(folder.path)
  const server = join(layout.credentials('iscsi'), 'server')
  const pool = join(layout.credentials('rbd'), 'pool')
  for (const place of [server, pool, dirname(server)]) {
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'user'), 'me\n')
    await writeFile(join(place, 'secret'), 'secret', { mode: 0o600 })
  }
  const found = await readCredentials(context, 'iscsi', ['iqn.2026-11.org.kzone:none', 'server'])
  assert.deepEqual([found?.user, found?.secretFile], ['me', join(server, 'secret')])
  for (const name of ['../rbd/pool', '/server', '..', '.', '']) {
    await assert.rejects(readCredentials(context, 'iscsi', [name]), { code: 'CREDENTIALS_UNSAFE' }, name)
  }
})
