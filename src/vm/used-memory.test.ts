import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usedMemory, usedOf } from './used-memory.ts'

const mapping = (sizeKib: number, used: Readonly<Record<string, number>>) => {
  const line = (name: string, kib: number) => `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`
  const lines = Object.entries({ Pss: 1, ...used }).map(([name, kib]) => line(name, kib))
  return `7f00-7f01 rw-p 00000000 00:00 0\n${line('Size', sizeKib)}${line('KernelPageSize', 4)}${lines.join('')}VmFlags: rd wr\n`
}

test('The memory of a guest is the smallest mapping that it fits into', () => {
  const smaps =
    mapping(2048, { Rss: 100 }) + mapping(1024, { Rss: 500, Swap: 12 }) + mapping(512, { Rss: 511 })
  assert.equal(usedOf(smaps, 1024 * 1024), 512 * 1024)
  assert.equal(usedOf(mapping(1100, { Rss: 1090 }), 1024 * 1024), 1024 * 1024)
})

test('Huge pages count', () => {
  const smaps = mapping(1024, { Rss: 0, Shared_Hugetlb: 0, Private_Hugetlb: 768 })
  assert.equal(usedOf(smaps, 1024 * 1024), 768 * 1024)
})

test('What cannot be told counts as all of it', async () => {
  assert.equal(usedOf('', 1024), undefined)
  assert.equal(usedOf(mapping(1024, { Rss: 0 }), 1024 * 1024), undefined)
  assert.equal(await usedMemory(2 ** 30, 4096), 4096)
  assert.ok((await usedMemory(process.pid, 1024 ** 2)) > 0)
})
