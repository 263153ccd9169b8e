import type { Progress } from '../progress.ts'

/** Over so much of the past the rate is taken. */
const windowMs = 3_000

/** Makes a transfer's progress of bytes that are done, with the rate of the last seconds. */
export function meter(
  progress: (value: Progress) => void,
  now: () => number = () => performance.now(),
): (doneBytes: number, totalBytes: number) => void {
  const seen: { readonly atMs: number; readonly doneBytes: number }[] = []
  return (doneBytes, totalBytes) => {
    const atMs = now()
    seen.push({ atMs, doneBytes })
    while (seen.length > 2 && atMs - (seen[0]?.atMs ?? 0) > windowMs) seen.shift()
    const first = seen[0] ?? { atMs, doneBytes }
    const seconds = (atMs - first.atMs) / 1000
    const bytesPerSecond = seconds === 0 ? 0 : (doneBytes - first.doneBytes) / seconds
    const remainingBytes = Math.max(0, totalBytes - doneBytes)
    progress({
      kind: 'transfer',
      remainingBytes,
      totalBytes,
      transferredBytes: doneBytes,
      bytesPerSecond,
      pass: 1,
    })
  }
}
