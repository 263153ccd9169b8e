import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { hostLayout } from '../util/host-layout.ts'

const program = join(import.meta.dirname, '../bin/zonesd.ts')

/** The program as another host's ssh starts it, with a daemon that takes the connection and nothing more. */
async function dialling() {
  const folder = await temporaryFolder()
  const { socket } = hostLayout(folder.path)
  await mkdir(dirname(socket), { recursive: true })
  const server = createServer({ pauseOnConnect: true }).listen(socket)
  await once(server, 'listening')
  const child = spawn(process.execPath, [program, 'dial-stdio'], {
    env: { ...process.env, KZ_ROOT: folder.path },
  })
  const [daemon] = (await once(server, 'connection')) as [Socket]
  return {
    child,
    daemon,
    ended: Promise.all([once(child, 'close'), text(child.stderr)]).then(([[code], words]) => ({
      code,
      words,
    })),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      daemon.destroy()
      server.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test('A zonesd that ends with the conversation under way is told in words, and as no fault of kzone', async () => {
  await using here = await dialling()
  here.child.stdin.write('what is never read resets the connection\n')
  setTimeout(() => here.daemon.destroy(), 200)
  assert.deepEqual(await here.ended, {
    code: 1,
    words: 'zonesd: has ended, or has closed the conversation\n',
  })
})

test('A caller that has said all ends it in silence', async () => {
  await using here = await dialling()
  here.child.stdin.end()
  here.daemon.resume().on('end', () => here.daemon.end())
  assert.deepEqual(await here.ended, { code: 0, words: '' })
})
