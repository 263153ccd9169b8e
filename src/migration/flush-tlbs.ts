import type { QmpConnection } from '../qmp/connection.ts'

/** The two ports of PCI's configuration (PCI Local Bus Specification, configuration mechanism 1). */
const [addressPort, dataPort] = [0xcf8, 0xcfc]
/** Of the LPC bridge at 00:1f.0 that each q35 machine has: the base of the chipset's registers, RCBA (Intel ICH9 datasheet, 13.1.35). */
const rcbaAddress = 0x8000f8f0
const isMapped = 1
/** Where firmware maps these registers, and nothing else is. */
const usualRcba = 0xfed1c000 + isMapped

/**
 * Empties the TLBs of an emulated guest's processors (TCG) while it stands still. QEMU does so whenever the map of its memory changes: the
 * chipset's registers are mapped anew where they are. The guest does not notice.
 *
 * @throws QmpError, QmpTimeoutError, QmpClosedError
 */
export async function flushTlbs(qmp: QmpConnection): Promise<void> {
  // The guest may be about to use the address that it has set.
  const guestsAddress = await readPort(qmp, addressPort)
  await writePort(qmp, addressPort, rcbaAddress)
  try {
    const rcba = await readPort(qmp, dataPort)
    if ((rcba & isMapped) === 0) await writePort(qmp, dataPort, usualRcba)
    await writePort(qmp, dataPort, rcba)
  } finally {
    await writePort(qmp, addressPort, guestsAddress)
  }
}

/** In QEMU's monitor `w` stands for 32 bits. */
async function readPort(qmp: QmpConnection, port: number): Promise<number> {
  const answer = String(await monitor(qmp, `i /w ${port}`))
  const [, digits] = /= (0x[0-9a-f]+)/.exec(answer) ?? []
  if (digits === undefined) throw new Error(`QEMU does not read the port ${port}: ${answer}`)
  return Number(digits)
}

const writePort = (qmp: QmpConnection, port: number, value: number) => monitor(qmp, `o /w ${port} ${value}`)

const monitor = (qmp: QmpConnection, line: string) =>
  qmp.execute('human-monitor-command', { 'command-line': line })
