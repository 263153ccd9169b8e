import { compareNumbers } from './machine-versions.ts'

/** A fault of some releases of QEMU that takes a guest on its way. */
interface HypervisorFault {
  /** The first release that has it, and the first that does not any more. */
  readonly from: string
  readonly until: string
  /** Guests of less memory are spared. */
  readonly leastMemoryBytes: number
  readonly what: string
  /** Where it is told. */
  readonly reference: string
}

/** Only what others have met and told in public; which builds of a distribution carry the cure, no version number says. */
const faults: readonly HypervisorFault[] = [
  {
    from: '10.1.0',
    until: '10.1.3',
    leastMemoryBytes: 8 * 2 ** 30,
    what: 'after all memory was sent the target cannot read the rest ("Read section footer failed"); the guest stays on the source',
    reference: 'https://bugzilla.proxmox.com/show_bug.cgi?id=7222',
  },
]

/** The faults that a release has for a guest of this size. */
export function faultsOf(qemuVersion: string, memoryBytes: number): readonly HypervisorFault[] {
  return faults.filter(
    ({ from, until, leastMemoryBytes }) =>
      memoryBytes >= leastMemoryBytes &&
      compareNumbers(qemuVersion, from) >= 0 &&
      compareNumbers(qemuVersion, until) < 0,
  )
}
