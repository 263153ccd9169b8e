import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/fixtures/temporary-folder.ts'
import { newStreamKey } from '../../migration/stream-key.ts'
import { Trials } from './trials.ts'

const never = new AbortController().signal
const trial = () => ({ trialId: randomUUID(), key: { psk: newStreamKey(), priority: null }, load: null })

/** Whether somebody listens there. */
function isOpen({ host, port }: { readonly host: string; readonly port: string }): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = createConnection({ host, port: Number(port) })
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

test('A trial listens until it is ended; then port and key are gone', async () => {
  await using folder = await temporaryFolder()
  await using trials = new Trials(folder.path)
  const params = trial()
  const address = await trials.listen(params, '127.0.0.1', never)
  assert.deepEqual(readdirSync(folder.path), [`.trial-${params.trialId}.key`])
  assert.equal(await isOpen(address), true)
  await trials.end(params.trialId)
  await trials.end(params.trialId)
  assert.equal(await isOpen(address), false)
  assert.deepEqual(readdirSync(folder.path), [])
})

test('With the conversation all of its trials end', async () => {
  await using folder = await temporaryFolder()
  const trials = new Trials(folder.path)
  const addresses = await Promise.all(
    [trial(), trial()].map((params) => trials.listen(params, '127.0.0.1', never)),
  )
  await trials[Symbol.asyncDispose]()
  assert.deepEqual(await Promise.all(addresses.map(isOpen)), [false, false])
  assert.deepEqual(readdirSync(folder.path), [])
})

test('A trial that is cancelled before it listens leaves nothing', async () => {
  await using folder = await temporaryFolder()
  await using trials = new Trials(folder.path)
  const cancel = new AbortController()
  const listening = trials.listen(trial(), '127.0.0.1', cancel.signal)
  cancel.abort(new Error('cancelled'))
  await assert.rejects(listening)
  assert.deepEqual(readdirSync(folder.path), [])
})

test('An address that this host does not have is refused, and nothing is left', async () => {
  await using folder = await temporaryFolder()
  await using trials = new Trials(folder.path)
  const params = trial()
  await assert.rejects(trials.listen(params, '192.0.2.1', never), /address/i)
  assert.equal(existsSync(`${folder.path}/.trial-${params.trialId}.key`), false)
})
