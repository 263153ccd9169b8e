/** Reads a stream of bytes in pieces of the length that is asked for, wherever its own pieces end. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Uint8Array[] = []
  #heldBytes = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The next bytes; fewer than asked for only at the end of the stream, then none. */
  async read(length: number): Promise<Buffer> {
    while (this.#heldBytes < length) {
      const { done, value } = await this.#source.next()
      if (done === true) break
      this.#held.push(value)
      this.#heldBytes += value.length
    }
    const all = Buffer.concat(this.#held)
    const taken = all.subarray(0, length)
    const rest = all.subarray(taken.length)
    this.#held = rest.length === 0 ? [] : [rest]
    this.#heldBytes = rest.length
    return taken
  }
}
