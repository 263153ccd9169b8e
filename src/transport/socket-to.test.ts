import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Duplex, PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { openSocketTo } from './socket-to.ts'
import type { SshConnection } from './ssh.ts'

/** Something far away that can be read from and written to, and an end of it for each. */
function farAway() {
  const [toThere, toHere] = [new PassThrough(), new PassThrough()]
  let isEnded = false
  const stream = Duplex.from({ readable: toHere, writable: toThere })
  stream.on('error', () => undefined)
  const connection: SshConnection = {
    stream,
    failure: () => assert.fail('not asked'),
    async [Symbol.asyncDispose]() {
      isEnded = true
      stream.destroy()
    },
  }
  return { connection, toThere, toHere, isEnded: () => isEnded }
}

test('What is written to the socket comes out far away, and the other way round; the end of one ends both', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'web1.rest')
  const far = farAway()
  {
    await using socket = await openSocketTo(path, () => far.connection)
    assert.equal(socket.path, path)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const client = connect(path)
    client.write('pages')
    const [there] = (await once(far.toThere, 'data')) as [Buffer]
    assert.equal(there.toString(), 'pages')
    far.toHere.end('taken')
    assert.equal(await text(client), 'taken')
    client.destroy()
    while (!far.isEnded()) await sleep(5)
  }
  assert.equal(existsSync(path), false)
})

test('What nobody has connected to is removed, and what lay there is replaced', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'web1.rest')
  for (const _ of [1, 2]) {
    await using _socket = await openSocketTo(path, () => assert.fail('nobody has connected'))
    assert.equal(existsSync(path), true)
  }
  assert.equal(existsSync(path), false)
})
