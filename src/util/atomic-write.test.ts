import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { tinyFileSystem, whyNoMount } from '../../test/fixtures/tiny-file-system.ts'
import { ZoneError } from '../errors.ts'
import { atomicWrite, removeUnfinished } from './atomic-write.ts'

test('atomicWrite() makes the folder and the file with its mode, and leaves nothing else', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a/b/state.json')
  await atomicWrite(path, 'one', 0o600)
  assert.equal(await readFile(path, 'utf8'), 'one')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  await atomicWrite(path, Buffer.from('two'))
  assert.equal(await readFile(path, 'utf8'), 'two')
  assert.deepEqual(await readdir(join(folder.path, 'a/b')), ['state.json'])
})

test('atomicWrite() shows a reader the whole old or the whole new text, never a part', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file')
  const texts = ['a', 'b'].map((letter) => letter.repeat(200_000))
  await atomicWrite(path, texts[0] ?? '')
  let writes = 0
  const writer = (async () => {
    for (; writes < 20; writes += 1) await atomicWrite(path, texts[writes % 2] ?? '')
  })()
  while (writes < 20) assert.ok(texts.includes(await readFile(path, 'utf8')))
  await writer
})

test('atomicWrite() leaves the old file when the rename fails, and no temporary file', async () => {
  await using folder = await temporaryFolder()
  // A folder under the name of the file: it cannot be replaced by a file.
  await mkdir(join(folder.path, 'target'))
  await writeFile(join(folder.path, 'target/inside'), 'kept')
  await assert.rejects(atomicWrite(join(folder.path, 'target'), 'new'), { code: 'EISDIR' })
  assert.deepEqual(await readdir(folder.path), ['target'])
  assert.equal(await readFile(join(folder.path, 'target/inside'), 'utf8'), 'kept')
})

test('atomicWrite() leaves the old file when the disk is full, and says so with the path', {
  skip: whyNoMount ?? false,
}, async () => {
  await using folder = await temporaryFolder()
  await using disk = await tinyFileSystem(folder.path, 64 * 1024)
  const path = join(folder.path, 'state.json')
  await atomicWrite(path, 'old')
  await disk.fill()
  const before = await readdir(folder.path)
  await assert.rejects(atomicWrite(path, 'x'.repeat(10_000)), (error) => {
    assert.ok(error instanceof ZoneError)
    assert.equal(error.code, 'HOST_FAILURE')
    assert.equal(error.message, `Cannot use "${path}": there is no space left on the device`)
    return true
  })
  assert.equal(await readFile(path, 'utf8'), 'old')
  assert.deepEqual(await readdir(folder.path), before)
})

test('removeUnfinished() removes what a killed writer left, and nothing else', async () => {
  await using folder = await temporaryFolder()
  await atomicWrite(join(folder.path, 'state.json'), 'x')
  const others = ['.hidden', '.host.json', 'a.0123456789ab', '.web1.cfg.swp']
  for (const name of [...others, '.state.json.0123456789ab']) await writeFile(join(folder.path, name), '')
  await removeUnfinished(folder.path)
  assert.deepEqual((await readdir(folder.path)).toSorted(), [...others, 'state.json'].toSorted())
  await removeUnfinished(join(folder.path, 'none'))
})
