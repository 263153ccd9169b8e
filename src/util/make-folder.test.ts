import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { makeFolder } from './make-folder.ts'

test('makeFolder() makes what is missing and says what that begins with', async () => {
  await using folder = await temporaryFolder()
  assert.equal(await makeFolder(join(folder.path, 'a/b/c')), join(folder.path, 'a'))
  assert.equal(existsSync(join(folder.path, 'a/b/c')), true)
  assert.equal(await makeFolder(join(folder.path, 'a/b/c')), undefined)
  assert.equal(await makeFolder(join(folder.path, 'a/b/d')), join(folder.path, 'a/b/d'))
})

test('makeFolder() ends at once on a file system that takes no folders', async () => {
  await assert.rejects(makeFolder('/proc/kzone/etc/zones'), {
    code: 'FOLDER_REFUSED',
    message: /^Cannot make the folder "\/proc\/kzone\/etc\/zones"/,
  })
})

test('makeFolder() says so where a file is in the way', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'file'), '')
  await assert.rejects(makeFolder(join(folder.path, 'file/a')), {
    code: 'FOLDER_REFUSED',
    message: /ENOTDIR/,
  })
})
