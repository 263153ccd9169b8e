/** What the reporting guest says of itself and of the machine it sees. */
export interface GuestReport {
  /** How many rounds it has done since its boot. */
  readonly round: number
  /** What it found wrong, such as `bad-memory`, and how often. */
  readonly faults: ReadonlyMap<string, number>
  /** What it sees of its machine: the place, such as `cpuid 00000001 00000000`, and what is there. */
  readonly machine: ReadonlyMap<string, string>
}

/** How many words at the beginning of a line say which thing the rest is about. */
const keyWords: Readonly<Record<string, number>> = { cpuid: 3, pci: 2, virtio: 2, disk: 2 }

/** Takes what the serial port has said apart: the last complete report in it, or undefined if there is none. */
export function lastReport(text: string): GuestReport | undefined {
  const end = text.lastIndexOf('\nend\n')
  const start = text.lastIndexOf('\nround ', end)
  if (start === -1 || end < start) return undefined
  let round = 0
  const faults = new Map<string, number>()
  const machine = new Map<string, string>()
  for (const line of text.slice(start + 1, end).split('\n')) {
    const words = line.trim().split(' ')
    const [kind = ''] = words
    const value = words.slice(1).join(' ')
    if (kind === 'round') round = Number.parseInt(value, 16)
    else if (kind.startsWith('bad-')) faults.set(kind, Number.parseInt(value, 16))
    else {
      const count = keyWords[kind] ?? 1
      machine.set(words.slice(0, count).join(' '), words.slice(count).join(' '))
    }
  }
  // Where the last fault in the memory was; zero if there was none.
  faults.delete('bad-address')
  return { round, faults, machine }
}

/** Whether it says what the machine is. */
export function isFull({ machine }: GuestReport): boolean {
  return [...machine.keys()].some((place) => place.startsWith('cpuid '))
}

/** What a guest found wrong, in words; empty if nothing. */
export function faultsOf({ faults }: GuestReport): string[] {
  return [...faults].filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`)
}

/** Where two reports of one guest see different machines. */
export function machineDifferences(before: GuestReport, after: GuestReport): string[] {
  const places = new Set([...before.machine.keys(), ...after.machine.keys()])
  return [...places].filter((place) => before.machine.get(place) !== after.machine.get(place))
}
