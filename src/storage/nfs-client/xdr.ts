/** The encoding of ONC RPC (RFC 4506): big-endian words, everything padded to four bytes. */

export function xdrNumbers(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) buffer.writeUInt32BE(value, index * 4)
  return buffer
}

export function xdrLong(value: number): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64BE(BigInt(value))
  return buffer
}

/** Bytes or text of any length. */
export function xdrOpaque(content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([xdrNumbers(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)])
}

/** Takes an encoded answer apart, from its beginning on. */
export class XdrReader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  number(): number {
    return this.#take(4).readUInt32BE(0)
  }

  /** 64 bits: those above 2^53 are no size of a file. */
  long(): bigint {
    return this.#take(8).readBigUInt64BE(0)
  }

  opaque(): Buffer {
    const length = this.number()
    const bytes = this.#take(length)
    this.#take(-length & 3)
    return bytes
  }

  skip(length: number): void {
    this.#take(length)
  }

  #take(length: number): Buffer {
    const end = this.#offset + length
    if (end > this.#bytes.length) throw new Error('the server answers with less than it should')
    const piece = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return piece
  }
}
