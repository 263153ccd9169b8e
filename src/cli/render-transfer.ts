import type { Progress } from '../agent/api.ts'
import { formatSize } from './format-quantity.ts'

export type Transfer = Extract<Progress, { kind: 'transfer' }>

/**
 * The progress of a memory transfer in one line: how much is done, RAM left, rate, time left.
 *
 * @param columns that the line may fill
 */
export function renderTransfer(transfer: Transfer, columns: number): string {
  const { remainingBytes, totalBytes, bytesPerSecond, pass, throttlePercent = 0 } = transfer
  const done = totalBytes === 0 ? 0 : Math.min(1, Math.max(0, 1 - remainingBytes / totalBytes))
  const percent = `${Math.floor(done * 100)}%`.padStart(4)
  const words = [
    percent,
    `${formatSize(remainingBytes)} left`.padStart(13),
    `${formatSize(bytesPerSecond)}/s`.padStart(10),
    timeLeft(remainingBytes, bytesPerSecond).padStart(5),
    ...(pass > 1 ? [`pass ${pass}`] : []),
    // One percent is how QEMU is kept from slowing it down.
    ...(throttlePercent > 1 ? [`slowed by ${throttlePercent}%`] : []),
  ].join('  ')
  const width = Math.min(40, columns - words.length - 3)
  if (width < 5) return words.trimStart().slice(0, Math.max(0, columns))
  const full = Math.round(done * width)
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}] ${words}`
}

/** `M:SS`; unknown while nothing flows. */
function timeLeft(remainingBytes: number, bytesPerSecond: number): string {
  if (bytesPerSecond <= 0) return '-:--'
  const seconds = Math.ceil(remainingBytes / bytesPerSecond)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
