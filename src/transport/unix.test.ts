import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { checkSocketPath, connectUnix } from './unix.ts'

/** A path of so many bytes in a folder. */
const pathOf = (folder: string, bytes: number) => join(folder, 'x'.repeat(bytes - folder.length - 1))

test('checkSocketPath() lets exactly those paths through on which the kernel really listens', async () => {
  await using folder = await temporaryFolder()
  const longest = pathOf(folder.path, 107)
  assert.equal(checkSocketPath(longest), longest)
  const server = createServer((socket) => socket.end())
  server.listen(longest)
  await once(server, 'listening')
  const socket = await connectUnix(longest)
  assert.equal(socket?.remoteAddress, undefined)
  socket?.destroy()
  server.close()
  const tooLong = pathOf(folder.path, 108)
  assert.throws(() => checkSocketPath(tooLong), {
    code: 'SOCKET_PATH_LONG',
    message: `Cannot use the socket "${tooLong}": 108 bytes, the system allows 107`,
  })
})

test('checkSocketPath() counts bytes, not characters', () => {
  assert.equal(checkSocketPath(`/${'é'.repeat(53)}`).length, 54)
  assert.throws(() => checkSocketPath(`/${'é'.repeat(54)}`), { code: 'SOCKET_PATH_LONG' })
})

test('connectUnix() answers undefined where nobody listens: no file, a dead socket, a plain file', async () => {
  await using folder = await temporaryFolder()
  assert.equal(await connectUnix(join(folder.path, 'none')), undefined)
  const plain = join(folder.path, 'plain')
  await writeFile(plain, '')
  assert.equal(await connectUnix(plain), undefined)
})
