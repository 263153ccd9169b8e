import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pciSlot } from './pci-slot.ts'

const counts = { device: 14, anet: 10, net: 4 } as const
const kinds = Object.keys(counts) as (keyof typeof counts)[]

test('Every id of every kind has a slot of its own between those of the chipset', () => {
  const slots = kinds.flatMap((kind) => Array.from({ length: counts[kind] }, (_, id) => pciSlot(kind, id)))
  assert.equal(new Set(slots).size, slots.length)
  // Slots 0 and 31 are the machine's; slot 1 is kept for a display that a later release may have.
  assert.ok(Math.min(...slots) >= 2 && Math.max(...slots) <= 30, slots.join())
})

test('The places never change from one release to the next: guests know them', () => {
  assert.deepEqual(
    [
      pciSlot('device', 0),
      pciSlot('device', 13),
      pciSlot('anet', 0),
      pciSlot('anet', 9),
      pciSlot('net', 0),
      pciSlot('net', 3),
    ],
    [2, 15, 16, 25, 26, 29],
  )
})

for (const kind of kinds) {
  test(`An id of ${kind} without a slot is refused, with the ids that there are`, () => {
    for (const id of [-1, 0.5, Number.NaN, counts[kind], 1000]) {
      assert.throws(() => pciSlot(kind, id), {
        code: 'ID_OUT_OF_RANGE',
        message: new RegExp(`slots for the ids 0 to ${counts[kind] - 1}$`),
      })
    }
  })
}
