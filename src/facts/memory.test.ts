import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lessPromised, pageBytesOfPool, parseMeminfo, readHugePages, readMemory } from './memory.ts'
import { HugePages } from './schema.ts'

const meminfo = `MemTotal:       24606288 kB
MemFree:        20000000 kB
MemAvailable:   22512340 kB
Buffers:           16484 kB
HugePages_Total:       0
`

test('parseMeminfo() reads bytes, and misses what is not there', () => {
  assert.deepEqual(parseMeminfo(meminfo), { totalBytes: 24606288 * 1024, availableBytes: 22512340 * 1024 })
  assert.throws(() => parseMeminfo('MemTotal: 1 kB\n'), /has no MemAvailable/)
})

test('readMemory() agrees with this machine', async () => {
  const { totalBytes, availableBytes } = await readMemory()
  assert.equal(totalBytes, totalmem())
  assert(availableBytes > 0 && availableBytes < totalBytes)
})

test('pageBytesOfPool() takes the size from the name', () => {
  assert.equal(pageBytesOfPool('hugepages-1048576kB'), 2 ** 30)
  assert.equal(pageBytesOfPool('defrag'), undefined)
})

test('readHugePages() does not count reserved pages as free, and sorts by size', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'kz-test-'))
  t.after(() => rm(root, { recursive: true }))
  for (const [folder, counts] of [
    ['hugepages-1048576kB', { nr: 2, free: 2, resv: 0 }],
    ['hugepages-2048kB', { nr: 512, free: 300, resv: 100 }],
  ] as const) {
    await mkdir(join(root, folder))
    for (const [name, count] of Object.entries(counts)) {
      await writeFile(join(root, folder, `${name}_hugepages`), `${count}\n`)
    }
  }
  assert.deepEqual(await readHugePages(root), [
    { sizeBytes: 2 ** 21, total: 512, free: 200 },
    { sizeBytes: 2 ** 30, total: 2, free: 2 },
  ])
})

test('readHugePages() knows of none where the kernel has none, and reads those of this machine', async () => {
  assert.deepEqual(await readHugePages('/sys/kernel/mm/no-such-folder'), [])
  const pools = await readHugePages()
  assert.deepEqual(HugePages.array().parse(pools), pools)
})

test('lessPromised() leaves out what zones on their way will take, and never less than nothing', () => {
  const pools = [
    { sizeBytes: 2 ** 21, total: 10, free: 8 },
    { sizeBytes: 2 ** 30, total: 4, free: 1 },
  ]
  const promised = new Map([
    [2 ** 21, 3],
    [2 ** 30, 2],
  ])
  assert.deepEqual(
    lessPromised(pools, promised).map(({ free }) => free),
    [5, 0],
  )
  assert.deepEqual(lessPromised(pools), pools)
})
