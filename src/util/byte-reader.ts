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
    const taken = this.#take(Math.min(length, this.#heldBytes))
    this.#heldBytes -= taken.length
    return taken
  }

  /** Each byte is copied once, or not at all: a guest's whole memory goes through here. */
  #take(length: number): Buffer {
    const [first] = this.#held
    if (first !== undefined && first.length > length) {
      this.#held[0] = first.subarray(length)
      return Buffer.from(first.buffer, first.byteOffset, length)
    }
    const taken = Buffer.allocUnsafe(length)
    let filled = 0
    let used = 0
    for (const piece of this.#held) {
      if (filled + piece.length > length) break
      taken.set(piece, filled)
      filled += piece.length
      used += 1
    }
    this.#held.splice(0, used)
    const [next] = this.#held
    if (filled < length && next !== undefined) {
      taken.set(next.subarray(0, length - filled), filled)
      this.#held[0] = next.subarray(length - filled)
    }
    return taken
  }
}
