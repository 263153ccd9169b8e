import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checksum } from './checksum.ts'
import { checkCounterRing } from './counter-disk.ts'

function ring(records: readonly (readonly [write: number, number: number])[], bootId = 'boot-1'): Buffer {
  const bytes = Buffer.alloc(64 * 512)
  for (const [write, number] of records) {
    const text = `kz ${write} ${number} ${checksum(number + write)} ${bootId}`
    bytes.write(`${text.padEnd(511)}\n`, (write % 64) * 512)
  }
  return bytes
}

test('checkCounterRing() finds the newest of an unbroken ring that has wrapped', () => {
  const records = Array.from({ length: 64 }, (_, index) => [index + 40, (index + 40) * 7] as const)
  assert.deepEqual(checkCounterRing(ring(records)), {
    newest: { write: 103, number: 721, bootId: 'boot-1' },
    bootIds: ['boot-1'],
    faults: [],
  })
})

test('checkCounterRing() finds a missing write, a counter that went back and a torn record', () => {
  assert.deepEqual(
    checkCounterRing(
      ring([
        [1, 5],
        [3, 9],
      ]),
    ).faults,
    ['no write between 1 and 3'],
  )
  assert.deepEqual(
    checkCounterRing(
      ring([
        [1, 9],
        [2, 5],
      ]),
    ).faults,
    ['went back from 9 to 5'],
  )
  const torn = ring([[1, 5]])
  torn[512 + 5] = 0x39
  assert.deepEqual(checkCounterRing(torn).faults, ['block 1 holds no whole record'])
})

test('checkCounterRing() reports nothing on a disk that no guest has written', () => {
  assert.deepEqual(checkCounterRing(Buffer.alloc(64 * 512)), { newest: undefined, bootIds: [], faults: [] })
})
