import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { mountOf } from './mount-of.ts'

test('mountOf() tells kind and point of a mount, through symbolic links, too', async () => {
  await using folder = await temporaryFolder()
  const link = `${folder.path}/link`
  await symlink('/proc/self', link)
  assert.deepEqual([await mountOf('/proc'), await mountOf(link)], ['proc /proc', 'proc /proc'])
  const own = await mountOf(folder.path)
  assert.match(own ?? '', /^\S+ \/\S*$/)
  assert.notEqual(own, 'proc /proc')
})

test('mountOf() knows none of a folder that is not there', async () => {
  assert.equal(await mountOf('/nonexistent'), undefined)
})
