import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EscapeFilter } from './escape-filter.ts'

/** Types the pieces one after the other; answers what was sent, until the console was left. */
function type(pieces: readonly string[], escape: string | undefined = '~') {
  const filter = new EscapeFilter(escape)
  let sent = ''
  for (const piece of pieces) {
    const { send, leave } = filter.push(Buffer.from(piece, 'latin1'))
    sent += send.toString('latin1')
    if (leave) return { sent, left: true }
  }
  return { sent, left: false }
}

for (const [title, pieces, sent, left] of [
  ['leaves at the very beginning', ['~.'], '', true],
  ['leaves at the beginning of a line', ['ls\r~.more'], 'ls\r', true],
  ['leaves when the two characters come apart', ['ls\n', '~', '.'], 'ls\n', true],
  ['sends the escape within a line', ['a~.'], 'a~.', false],
  ['sends the escape once if it is typed twice', ['~~.'], '~.', false],
  ['sends the escape and what follows it', ['~x\r~y'], '~x\r~y', false],
  ['takes a new line after a single escape for a beginning', ['~\r~.'], '~\r', true],
] as const) {
  test(`EscapeFilter ${title}`, () => {
    assert.deepEqual(type(pieces), { sent, left })
  })
}

test('EscapeFilter takes another character for the escape', () => {
  assert.deepEqual(type(['~.\r%.'], '%'), { sent: '~.\r', left: true })
})

test('EscapeFilter without an escape sends every byte as it is, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (pieces) => {
      const filter = new EscapeFilter(undefined)
      const sent = pieces.map((piece) => filter.push(Buffer.from(piece)).send)
      assert.deepEqual(Buffer.concat(sent), Buffer.concat(pieces))
    }),
  )
})
