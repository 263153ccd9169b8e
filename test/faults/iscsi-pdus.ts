/** A message of iSCSI (RFC 7143, section 11): its basic header, and its data without the padding. */
export interface Pdu {
  readonly opcode: number
  readonly header: Buffer
  readonly data: Buffer
}

const headerBytes = 48

/** Cuts the stream of one direction of an iSCSI connection into its messages. Digests must not have been negotiated. */
export class PduSplitter {
  #rest: Buffer<ArrayBufferLike> = Buffer.alloc(0)

  push(chunk: Buffer): Pdu[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const pdus: Pdu[] = []
    for (;;) {
      if (this.#rest.length < headerBytes) return pdus
      const dataAt = headerBytes + this.#rest.readUInt8(4) * 4
      const dataBytes = this.#rest.readUIntBE(5, 3)
      const end = dataAt + Math.ceil(dataBytes / 4) * 4
      if (this.#rest.length < end) return pdus
      const header = this.#rest.subarray(0, headerBytes)
      pdus.push({
        opcode: header.readUInt8(0) & 0x3f,
        header,
        data: this.#rest.subarray(dataAt, dataAt + dataBytes),
      })
      this.#rest = this.#rest.subarray(end)
    }
  }
}

/** Number by which a command and its answer are told to belong together. */
export const taskTag = ({ header }: Pdu): number => header.readUInt32BE(16)

const blockBytes = 512

/** The blocks, by address, that a WRITE(10) command carries with it; none for anything else. */
export function writtenBlocks({ opcode, header, data }: Pdu): [address: number, block: Buffer][] {
  const [scsiCommand, write10] = [0x01, 0x2a]
  if (opcode !== scsiCommand || header.readUInt8(32) !== write10) return []
  const first = header.readUInt32BE(34)
  return Array.from({ length: Math.floor(data.length / blockBytes) }, (_, index) => [
    first + index,
    data.subarray(index * blockBytes, (index + 1) * blockBytes),
  ])
}

/** Whether this is the answer to a command. */
export const isResponse = ({ opcode }: Pdu): boolean => opcode === 0x21

/** Whether the command that this answers was carried out. */
export const isGood = ({ header }: Pdu): boolean => header.readUInt8(2) === 0 && header.readUInt8(3) === 0
