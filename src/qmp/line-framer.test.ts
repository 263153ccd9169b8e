import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lineFramer } from './line-framer.ts'

function frame(chunks: readonly Buffer[], maxLineBytes?: number): string[] {
  const lines: string[] = []
  const push = lineFramer((line) => lines.push(line), maxLineBytes)
  for (const chunk of chunks) push(chunk)
  return lines
}

test('lineFramer() gives the same lines however the bytes are cut, even inside a character', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify(text))
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(200)), (lines, sizes) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\r\n`).join(''))
      const chunks: Buffer[] = []
      let start = 0
      for (const size of sizes) {
        chunks.push(bytes.subarray(start, start + size))
        start += size
      }
      chunks.push(bytes.subarray(start))
      assert.deepEqual(frame(chunks), lines)
    }),
  )
})

test('lineFramer() takes a line of 8 MiB in small chunks without growing slow', () => {
  const chunks = Array.from({ length: 8192 }, () => Buffer.alloc(1024, 'x'))
  const [line] = frame([...chunks, Buffer.from('\n')])
  assert.equal(line?.length, 8 * 1024 * 1024)
})

test('lineFramer() refuses a line over the limit, whether or not its end has come', () => {
  assert.throws(() => frame([Buffer.from('12345')], 4), /longer than 4 bytes/)
  assert.throws(() => frame([Buffer.from('12345\n')], 4), /longer than 4 bytes/)
  assert.deepEqual(frame([Buffer.from('1234\n')], 4), ['1234'])
})
