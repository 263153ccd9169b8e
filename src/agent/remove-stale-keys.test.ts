import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { newStreamKey, placeStreamKey } from '../migration/stream-key.ts'
import { removeStaleKeys } from './remove-stale-keys.ts'

test('Keys that an earlier zonesd has left are removed, and nothing else', async () => {
  await using root = await temporaryFolder()
  const runFolder = root.path
  for (const name of ['web1.key', 'web1.key.trial', 'web1.key.forecast', '.trial-f680f71f.key']) {
    await placeStreamKey(join(runFolder, name), newStreamKey())
  }
  await mkdir(join(runFolder, 'zonesd.tmp'))
  // Of a zone that is called so.
  await writeFile(join(runFolder, 'my.key'), '')
  await writeFile(join(runFolder, 'my.key.json'), '')
  await removeStaleKeys({ runFolder })
  assert.deepEqual((await readdir(runFolder)).toSorted(), ['my.key', 'my.key.json', 'zonesd.tmp'])
})
