const newlines = new Set([0x0a, 0x0d])
const period = 0x2e

/**
 * Finds the escape in what is typed: the escape character at the beginning of a line, then a period. The escape
 * character typed twice is sent once; before anything else it is sent as it is (zlogin(1)).
 */
export class EscapeFilter {
  readonly #escape: number | undefined
  #isLineStart = true
  #isHeld = false

  /** @param escape one character, or undefined: everything is sent */
  constructor(escape: string | undefined) {
    this.#escape = escape?.charCodeAt(0)
  }

  /** What of the typed bytes is to be sent, and whether the console is to be left after that. */
  push(bytes: Buffer): { send: Buffer; leave: boolean } {
    const send: number[] = []
    for (const byte of bytes) {
      if (this.#isHeld) {
        this.#isHeld = false
        if (byte === period) return { send: Buffer.from(send), leave: true }
        if (byte !== this.#escape) send.push(this.#escape ?? byte)
      } else if (this.#isLineStart && byte === this.#escape) {
        this.#isHeld = true
        continue
      }
      send.push(byte)
      this.#isLineStart = newlines.has(byte)
    }
    return { send: Buffer.from(send), leave: false }
  }
}
