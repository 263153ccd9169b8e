import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { tinyFileSystem, whyNoMount } from '../../test/fixtures/tiny-file-system.ts'
import { dhParameters } from './dh-params.ts'
import { newStreamKey, placeStreamKey } from './stream-key.ts'

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

/** Runs work under a umask that takes nothing away, so that a mode is what was asked for. */
async function withoutUmask<T>(work: () => Promise<T>): Promise<T> {
  const before = process.umask(0)
  try {
    return await work()
  } finally {
    process.umask(before)
  }
}

test('Each key is new, and 32 bytes long', () => {
  const keys = Array.from({ length: 100 }, newStreamKey)
  assert.equal(new Set(keys).size, keys.length)
  for (const key of keys) assert.match(key, /^[0-9a-f]{64}$/)
})

test('The key is where QEMU looks for it, for its owner only', async () => {
  await using root = await temporaryFolder()
  const folder = join(root.path, 'run', 'web1.key')
  const key = newStreamKey()
  await using placed = await withoutUmask(() => placeStreamKey(folder, key))
  assert.equal(placed.folder, folder)
  assert.equal(await modeOf(folder), '700')
  assert.deepEqual((await readdir(folder)).toSorted(), ['dh-params.pem', 'keys.psk'])
  for (const file of await readdir(folder)) assert.equal(await modeOf(join(folder, file)), '600')
  assert.equal(await readFile(join(folder, 'keys.psk'), 'utf8'), `qemu:${key}\n`)
  assert.equal(await readFile(join(folder, 'dh-params.pem'), 'utf8'), dhParameters())
})

test('Nothing is left of a key that was disposed, even twice, and it was in no other file', async () => {
  await using root = await temporaryFolder()
  const key = newStreamKey()
  const placed = await placeStreamKey(join(root.path, 'web1.key'), key)
  const files = (await readdir(root.path, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  const contents = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
  )
  assert.deepEqual(
    files.filter((_, index) => contents[index]?.includes(key)).map(({ name }) => name),
    ['keys.psk'],
  )
  await placed[Symbol.asyncDispose]()
  await placed[Symbol.asyncDispose]()
  assert.equal(existsSync(placed.folder), false)
  assert.deepEqual(await readdir(root.path), [])
})

test('A second key in the same place takes the place of the first', async () => {
  await using root = await temporaryFolder()
  const folder = join(root.path, 'web1.key')
  await placeStreamKey(folder, newStreamKey())
  const key = newStreamKey()
  await using _placed = await placeStreamKey(folder, key)
  assert.equal(await readFile(join(folder, 'keys.psk'), 'utf8'), `qemu:${key}\n`)
})

test('Nothing of a key is left where the disk is full', { skip: whyNoMount ?? false }, async () => {
  await using root = await temporaryFolder()
  await using disk = await tinyFileSystem(root.path, 64 * 1024)
  await disk.fill()
  await assert.rejects(placeStreamKey(join(root.path, 'web1.key'), newStreamKey()), { code: 'ENOSPC' })
  assert.deepEqual(await readdir(root.path), ['.filler'])
})
