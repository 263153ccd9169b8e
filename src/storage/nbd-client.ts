import { once } from 'node:events'
import type { Socket } from 'node:net'
import { ByteReader } from '../util/byte-reader.ts'
import type { BlockStore } from './block-store.ts'

/** Of the NBD protocol (doc/proto.md of the NBD project) what a client needs that knows its server. */
const serverMagic = Buffer.from('NBDMAGICIHAVEOPT')
const optionMagic = Buffer.from('IHAVEOPT')
const requestMagic = 0x2560_9513
const replyMagic = 0x6744_6698
const fixedNewstyle = 1
const noZeroes = 2
const exportName = 1
const commands = { read: 0, write: 1, disconnect: 2, flush: 3 } as const
const maxRequestBytes = 4 * 1024 * 1024
/** Storage that does not answer any more is not waited for. */
const goodbyeTimeoutMs = 5_000

/**
 * Speaks NBD over a connected socket, with the server's default export. Disposing it ends the conversation.
 *
 * @throws Error if the other end is no NBD server
 */
export async function openNbd(socket: Socket): Promise<BlockStore & { readonly sizeBytes: number }> {
  const reader = new ByteReader(socket)
  // What fails shows where it is waited for.
  socket.on('error', () => undefined)
  const sizeBytes = await negotiate(socket, reader)

  async function request(
    command: keyof typeof commands,
    offset: number,
    length: number,
    bytes?: Uint8Array,
  ): Promise<Buffer> {
    const head = Buffer.alloc(28)
    head.writeUInt32BE(requestMagic, 0)
    head.writeUInt16BE(commands[command], 6)
    head.writeBigUInt64BE(BigInt(offset), 16)
    head.writeUInt32BE(length, 24)
    socket.write(head)
    if (bytes !== undefined) socket.write(bytes)
    const reply = await exactly(reader, 16)
    if (reply.readUInt32BE(0) !== replyMagic) throw new Error('The NBD server answered something else')
    const error = reply.readUInt32BE(4)
    if (error !== 0) throw new Error(`the storage answered "${command}" with error ${error}`)
    return command === 'read' ? exactly(reader, length) : reply
  }

  return {
    sizeBytes,
    async read(offset, length) {
      const pieces: Buffer[] = []
      const end = Math.min(offset + length, sizeBytes)
      for (let place = offset; place < end; place += maxRequestBytes) {
        pieces.push(await request('read', place, Math.min(maxRequestBytes, end - place)))
      }
      return Buffer.concat(pieces)
    },
    async write(bytes, offset) {
      if (offset + bytes.length > sizeBytes) throw new Error('the storage is full')
      for (let done = 0; done < bytes.length; done += maxRequestBytes) {
        const piece = bytes.subarray(done, done + maxRequestBytes)
        await request('write', offset + done, piece.length, piece)
      }
    },
    async flush() {
      await request('flush', 0, 0)
    },
    async [Symbol.asyncDispose]() {
      if (socket.destroyed) return
      const head = Buffer.alloc(28)
      head.writeUInt32BE(requestMagic, 0)
      head.writeUInt16BE(commands.disconnect, 6)
      socket.end(head)
      // Its last bytes, if any, are read by nobody.
      socket.resume()
      await once(socket, 'close', { signal: AbortSignal.timeout(goodbyeTimeoutMs) }).catch(() => undefined)
      socket.destroy()
    },
  }
}

async function negotiate(socket: Socket, reader: ByteReader): Promise<number> {
  const hello = await exactly(reader, serverMagic.length + 2)
  if (!hello.subarray(0, serverMagic.length).equals(serverMagic)) throw new Error('That is no NBD server')
  const flags = hello.readUInt16BE(serverMagic.length) & (fixedNewstyle | noZeroes)
  const answer = Buffer.alloc(4 + 16)
  answer.writeUInt32BE(flags, 0)
  optionMagic.copy(answer, 4)
  answer.writeUInt32BE(exportName, 12)
  socket.write(answer)
  const description = await exactly(reader, 10 + ((flags & noZeroes) === 0 ? 124 : 0))
  return Number(description.readBigUInt64BE(0))
}

async function exactly(reader: ByteReader, length: number): Promise<Buffer> {
  const bytes = await reader.read(length)
  if (bytes.length === length) return bytes
  throw new Error('The NBD server ended the conversation')
}
