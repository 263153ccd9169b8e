import { ZoneError } from '../errors.ts'

/**
 * The places of the devices on the root bus of the q35 machine, whose slots 0 and 31 are its own. A device's place
 * depends on its kind and id alone, so that adding or removing another never moves it.
 */
const ranges = {
  device: { firstSlot: 2, count: 14 },
  anet: { firstSlot: 16, count: 10 },
  net: { firstSlot: 26, count: 4 },
} as const

/**
 * PCI slot of a device.
 *
 * @throws ZoneError ID_OUT_OF_RANGE: the machine has no slot for that id
 */
export function pciSlot(kind: keyof typeof ranges, id: number): number {
  const { firstSlot, count } = ranges[kind]
  if (Number.isInteger(id) && id >= 0 && id < count) return firstSlot + id
  throw new ZoneError(
    `Cannot place ${kind} with id ${id}: the machine has slots for the ids 0 to ${count - 1}`,
    {
      code: 'ID_OUT_OF_RANGE',
      remedy: `Give the resource another id: select ${kind} id=${id}; set id=0; end`,
    },
  )
}
