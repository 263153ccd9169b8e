import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryIo } from './memory-io.ts'
import { renderTransfer, type Transfer } from './render-transfer.ts'
import { StatusLine } from './status-line.ts'

const MiB = 2 ** 20
const transfer: Transfer = {
  kind: 'transfer',
  remainingBytes: 256 * MiB,
  totalBytes: 1024 * MiB,
  transferredBytes: 700 * MiB,
  bytesPerSecond: 128 * MiB,
  pass: 2,
}

test('renderTransfer() fills the columns with done, RAM left, rate and time left', () => {
  assert.equal(
    renderTransfer(transfer, 79),
    `[${'#'.repeat(23)}${'-'.repeat(7)}]  75%   256 MiB left   128 MiB/s   0:02  pass 2`,
  )
})

test('renderTransfer() leaves the bar out, then cuts the words, in a narrow terminal', () => {
  assert.equal(renderTransfer(transfer, 50), '75%   256 MiB left   128 MiB/s   0:02  pass 2')
  assert.equal(renderTransfer(transfer, 10).length, 10)
  assert.equal(renderTransfer(transfer, 0), '')
})

test('renderTransfer() says nothing of the time while nothing flows', () => {
  const idle = { ...transfer, totalBytes: 0, remainingBytes: 0, bytesPerSecond: 0, pass: 1 }
  assert.match(renderTransfer(idle, 79), /^\[-+\] {3}0% +0 B left +0 B\/s +-:--$/)
})

test('StatusLine redraws at most ten times a second', () => {
  const io = memoryIo({ tty: true })
  let now = 0
  const line = new StatusLine(io.stderr, () => now)
  for (now = 0; now < 1000; now += 10) line.update(() => String(now))
  assert.equal(io.err().split('\r').length - 1, 10)
})

test('StatusLine prints above itself and is gone at the end', () => {
  const io = memoryIo({ tty: true })
  const line = new StatusLine(io.stderr)
  line.update((columns) => `bar ${columns}`)
  line.print('a line')
  line[Symbol.dispose]()
  line.clear()
  assert.equal(io.err(), '\r\u001b[Kbar 79\r\u001b[Ka line\nbar 79\r\u001b[K')
})

test('StatusLine draws nothing where there is no terminal', () => {
  const io = memoryIo()
  const line = new StatusLine(io.stderr)
  line.update(() => 'bar')
  line.print('a line')
  line.clear()
  assert.equal(io.err(), 'a line\n')
})
