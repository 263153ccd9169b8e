/** The checksum that the guest puts beside each number: one multiplication, cheap enough for a shell script. */
export function checksum(number: number): number {
  return (Math.imul(number, 2654435761) + 12345) >>> 0
}
