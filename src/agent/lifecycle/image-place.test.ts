import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { agentHost } from '../../../test/fixtures/agent/agent-host.ts'
import { tinyFileSystem, whyNoMount } from '../../../test/fixtures/tiny-file-system.ts'
import { requirePlace } from './image-place.ts'

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
