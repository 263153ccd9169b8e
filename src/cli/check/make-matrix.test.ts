import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleInput } from '../../../test/compat/sample-input.ts'
import type { MatrixHost } from '../../compat/matrix.ts'
import type { Subject } from '../../compat/subject.ts'
import { makeMatrix } from './make-matrix.ts'

const form = sampleInput({ targetConfig: null })
const { source, target } = form

const subjects = ['web1', 'web2', 'web3'].map((name): Subject => {
  const own = { ...form, zone: { ...form.zone, name } }
  return { name, state: 'running', auxiliary: [], forms: { live: own, cold: own }, storage: [], cpus: [] }
})

/** Of five hosts one has no memory left. */
const hosts = [0, 1, 2, 3, 4].map((number): MatrixHost => {
  const name = `host${number}`
  const memory = { known: { totalBytes: 1, availableBytes: 1, committedBytes: 0, takenBytes: 0 } }
  const facts = { ...target, host: { id: name, name }, ...(number === 3 ? { memory } : {}) }
  return { uri: name, name, target: { uri: `ssh://${name}`, facts, configurations: {} } }
})

const matrixBy = (threads: number, signal = new AbortController().signal) =>
  makeMatrix(
    { source: { facts: source, isSaved: false }, subjects },
    hosts,
    signal,
    { encrypt: true, withReports: true },
    threads,
  )

test('Several threads make the same matrix as one, host for host', async () => {
  const alone = await matrixBy(1)
  assert.deepEqual(
    alone.rows.map(({ cells }) => cells.map(({ can }) => can === 'no')),
    subjects.map(() => [false, false, false, true, false]),
  )
  for (const threads of [2, 3, 8]) assert.deepEqual(await matrixBy(threads), alone)
})

test('A matrix that is cancelled ends its threads and throws the reason', async () => {
  const cancelled = new AbortController()
  const made = matrixBy(2, cancelled.signal)
  cancelled.abort(new Error('Ctrl-C'))
  await assert.rejects(made, /Ctrl-C/)
})
