/** Larger than any reply of QEMU by far (its whole schema has 0.3 MB); more without a line feed is not QMP. */
const defaultMaxLineBytes = 16 * 1024 * 1024

/**
 * Cuts a stream of bytes into lines, whatever way they arrive in chunks. Blank lines are left out.
 *
 * @param onLine takes each line without its line ending
 * @returns a function that takes the next chunk; it throws a `RangeError` when a line exceeds `maxLineBytes`
 */
export function lineFramer(
  onLine: (line: string) => void,
  maxLineBytes = defaultMaxLineBytes,
): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  let heldBytes = 0

  return (chunk) => {
    let rest = chunk
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)])
      parts = []
      heldBytes = 0
      rest = rest.subarray(end + 1)
      if (line.length > maxLineBytes) throw new RangeError(`A line is longer than ${maxLineBytes} bytes`)
      const text = line.toString('utf8').trim()
      if (text !== '') onLine(text)
    }
    if (rest.length === 0) return
    parts.push(rest)
    heldBytes += rest.length
    if (heldBytes > maxLineBytes) throw new RangeError(`A line is longer than ${maxLineBytes} bytes`)
  }
}
