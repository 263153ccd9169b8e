import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exit } from '../../../errors.ts'
import { memoryIo } from '../../memory-io.ts'
import { recordingAgent } from '../../recording-agent.ts'
import { runZoneadm } from '../../zoneadm.ts'

async function move(...options: readonly string[]) {
  const io = memoryIo()
  const agent = recordingAgent({ 'zone/move': () => ({}) })
  const argv = ['-z', 'web1', 'move', ...options]
  const exit = await runZoneadm(argv, io, new AbortController().signal, agent.connect)
  return { exit, err: io.err(), params: agent.calls.at(-1)?.[1] }
}

test('zoneadm move pairs disks and storage in their order', async () => {
  const { exit, params } = await move('-p', 'file:///a', '-p', 'file:///b', '-x', 'id=3', '-x', 'id=0', '-F')
  assert.equal(exit, Exit.ok)
  const wishes = [
    { uri: 'file:///a', id: 3 },
    { uri: 'file:///b', id: 0 },
  ]
  assert.deepEqual(params, { zone: 'web1', wishes, force: true })
  assert.deepEqual((await move('-p', 'file:///a')).params, {
    zone: 'web1',
    wishes: [{ uri: 'file:///a' }],
    force: false,
  })
})

test('zoneadm move says what is wrong with its options', async () => {
  for (const [options, words] of [
    [[], /it takes the new storage: -p URI/],
    [['-p', 'file:///a', '-x', 'id=x'], /-x takes the id of a device: -x id=N, not "id=x"/],
    [['-p', 'file:///a', '-x', 'id=0', '-x', 'id=1'], /there are 1 -p and 2 -x/],
  ] as const) {
    const { exit, err } = await move(...options)
    assert.equal(exit, Exit.usage)
    assert.match(err, words)
  }
})
