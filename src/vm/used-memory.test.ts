import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usedMemory, usedOf } from './used-memory.ts'

const mapping = (size: number, rss: number) =>
  `7f00-7f01 rw-p 00000000 00:00 0\nSize: ${String(size).padStart(15)} kB\nKernelPageSize:        4 kB\nRss: ${String(rss).padStart(15)} kB\nPss:      1 kB\n`

test('The memory of a guest is the smallest mapping that it fits into', () => {
  const smaps = mapping(2048, 100) + mapping(1024, 512) + mapping(512, 511)
  assert.equal(usedOf(smaps, 1024 * 1024), 512 * 1024)
  assert.equal(usedOf(mapping(1100, 1090), 1024 * 1024), 1024 * 1024)
  assert.equal(usedOf('', 1024), undefined)
})

test('What cannot be told counts as all of it', async () => {
  assert.equal(await usedMemory(2 ** 30, 4096), 4096)
  assert.ok((await usedMemory(process.pid, 1024 ** 2)) > 0)
})
