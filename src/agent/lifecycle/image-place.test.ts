import assert from 'node:assert/strict'
import { type FileHandle, mkdir, open, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyFileSystem, whyNoMount } from '../../../test/fixtures/tiny-file-system.ts'
import { openPlace, removeImage, requirePlace } from './image-place.ts'

const mib = 1024 ** 2
const { signal } = new AbortController()

test('A file system with too little room for an image is told with both sizes, before anything is written', {
  skip: whyNoMount ?? false,
}, async () => {
  await using rig = await agentHost()
  const zone = await rig.zone('web1', 'installed')
  const folder = join(rig.layout.root, 'images')
  await mkdir(folder)
  await using disk = await tinyFileSystem(folder, 8 * mib)
  const require = (mostBytes: number) =>
    requirePlace(rig.host, zone, { path: '/images/web1' }, { mostBytes, memoryBytes: 512 * mib, signal })
  await require(7 * mib)
  await assert.rejects(require(9 * mib), {
    code: 'NO_ROOM',
    message:
      'zone \'web1\': its suspend image can take 9MB, and "/images/web1" has room for 8MB; the zone goes on running',
    remedy: /^Make room, or name another place: zonecfg -z web1 'select suspend; set path=/,
  })
  await disk.fill()
  await assert.rejects(require(7 * mib), { code: 'NO_ROOM' })
})

test('That an image is there, or is not any more, is so after a crash, too: its folder is synchronised', async (t) => {
  await using rig = await agentHost()
  await using handle = await open('/')
  const prototype = Object.getPrototypeOf(handle) as FileHandle
  const sync: () => Promise<void> = Reflect.get(prototype, 'sync')
  const synced: string[] = []
  t.mock.method(prototype, 'sync', async function (this: FileHandle) {
    synced.push(await readlink(`/proc/self/fd/${this.fd}`))
    return sync.call(this)
  })
  const zone = { name: 'web1' }
  const place = { path: '/images/web1' }
  const store = await openPlace(rig.host, zone, place, { writable: true })
  await store[Symbol.asyncDispose]()
  const images = join(rig.layout.root, 'images')
  assert.deepEqual(synced, [images])
  const gone = { place, imageId: crypto.randomUUID() }
  const at = await rig.zone('web1', 'installed')
  synced.length = 0
  for (let time = 0; time < 2; time += 1) await removeImage(rig.host, at, gone)
  assert.deepEqual(synced, [images])
})
