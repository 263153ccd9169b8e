import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exit, ZoneError } from '../../../errors.ts'
import { memoryIo } from '../../memory-io.ts'
import { type Answers, recordingAgent } from '../../recording-agent.ts'
import { runZoneadm } from '../../zoneadm.ts'

const argv = ['-z', 'web1', 'shutdown']

async function shutdown(answers: Answers, io = memoryIo(), signal = new AbortController().signal) {
  const exit = await runZoneadm(argv, io, signal, recordingAgent(answers).connect)
  return { exit, out: io.out(), err: io.err() }
}

test('On a terminal shutdown says what it waits for, how long at most, and what to type', async () => {
  const { exit, err } = await shutdown({ 'zone/shutdown': () => ({}) }, memoryIo({ tty: true, columns: 120 }))
  assert.equal(exit, Exit.ok)
  assert.match(
    err,
    /web1: the guest shuts down: 0 of at most 180 s \(at once: Ctrl-C, then zoneadm -z web1 halt\)/,
  )
  assert.ok(err.endsWith('\r\u001b[K'), 'the line is gone at the end')
})

test('Elsewhere shutdown is silent', async () => {
  assert.deepEqual(await shutdown({ 'zone/shutdown': () => ({}) }), { exit: Exit.ok, out: '', err: '' })
})

test('Ctrl-C ends the waiting, and says that the guest has been asked', async () => {
  const controller = new AbortController()
  const refusal = new ZoneError(
    "zone 'web1': no longer waiting; the guest has been asked to end, and may still do so",
    { code: 'CANCELLED', exit: Exit.interrupted, remedy: 'To end it at once: zoneadm -z web1 halt' },
  )
  const answers: Answers = {
    'zone/shutdown': () => {
      controller.abort()
      throw refusal
    },
  }
  const { exit, err } = await shutdown(answers, memoryIo(), controller.signal)
  assert.equal(exit, Exit.interrupted)
  assert.match(err, /has been asked to end, and may still do so\n {2}remedy: To end it at once/)
})

test('What zonesd says during a boot is shown as the words of the command', async () => {
  const io = memoryIo()
  const { connect } = recordingAgent({
    'zone/boot': (_, progress) => {
      progress({ kind: 'line', text: 'this host is in maintenance: new memory' })
      return {}
    },
  })
  assert.equal(await runZoneadm(['-z', 'web1', 'boot'], io, new AbortController().signal, connect), Exit.ok)
  assert.equal(io.err(), "zoneadm: zone 'web1': this host is in maintenance: new memory\n")
})
