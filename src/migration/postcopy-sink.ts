import type { Socket } from 'node:net'
import { ZoneError } from '../errors.ts'
import { ByteReader } from '../util/byte-reader.ts'
import { listenForQemu } from './listen-for-qemu.ts'

/** A page as QEMU counts it, whatever backs the memory. */
const pageBytes = 4096
/** Of QEMU's stream (migration/savevm.c): a command, and two of them. */
const commandMark = 0x08
const commands = { resume: 9, bitmap: 10 } as const
/** What the other end answers (migration/migration.h). */
const answers = { shut: 1, bitmap: 5, resumed: 6 } as const
const bitmapEnd = 0x0123_4567_89ab_cdefn

/** An end for a post-copy that nobody needs any more. Removed when disposed. */
export interface PostcopySink extends AsyncDisposable {
  readonly path: string
  /** Resolves when the source has ended the stream; rejects with STREAM_UNKNOWN if it is none that can be followed. */
  readonly taken: Promise<void>
}

/**
 * Takes the stream by which a source goes on with a broken post-copy, and says that every page is here already: QEMU sends
 * nothing then, calls its migration completed, and keeps the guest, which can go on where it is.
 *
 * @param path of the socket; what is there is replaced, and only the owner can connect
 * @param blockBytes how large each block of the guest's memory is, by QEMU's name of it
 * @throws ZoneError SOCKET_PATH_LONG
 */
export async function openPostcopySink(
  path: string,
  blockBytes: ReadonlyMap<string, number>,
): Promise<PostcopySink> {
  const server = await listenForQemu(path)
  const taken = server.connection().then(async (socket) => {
    try {
      await takeAll(socket, blockBytes)
    } catch (error) {
      throw error instanceof ZoneError ? error : broken((error as Error).message)
    } finally {
      socket.destroy()
    }
  })
  // Whoever waits hears of it.
  taken.catch(() => undefined)
  return { path, taken, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

async function takeAll(socket: Socket, blockBytes: ReadonlyMap<string, number>): Promise<void> {
  const reader = new ByteReader(socket)
  for (;;) {
    const head = await reader.read(5)
    if (head.length < 5) throw broken('it ends')
    const command = head.readUInt16BE(1)
    const data = await reader.read(head.readUInt16BE(3))
    if (head[0] !== commandMark) throw broken(`0x${head[0]?.toString(16)} is no command`)
    if (command === commands.bitmap) {
      const name = data.subarray(1, 1 + (data[0] ?? 0)).toString('latin1')
      const bytes = blockBytes.get(name)
      if (bytes === undefined) throw broken(`no block of memory is known as "${name}"`)
      socket.write(wholeBitmap(name, bytes))
    } else if (command === commands.resume) {
      socket.write(answer(answers.resumed, long(1)))
      break
    } else throw broken(`command ${command} does not belong there`)
  }
  // What comes now is its end: it has nothing to send.
  await reader.read(1)
  socket.write(answer(answers.shut, long(0)))
  while ((await reader.read(1)).length > 0) continue
}

const long = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function answer(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type)
  head.writeUInt16BE(data.length, 2)
  return Buffer.concat([head, data])
}

/** That each page of a block is here. */
function wholeBitmap(name: string, blockBytes: number): Buffer {
  const pages = Math.ceil(blockBytes / pageBytes)
  // In words of 64 bits.
  const bytes = Math.ceil(pages / 64) * 8
  const [size, end] = [Buffer.alloc(8), Buffer.alloc(8)]
  size.writeBigUInt64BE(BigInt(bytes))
  end.writeBigUInt64BE(bitmapEnd)
  const named = Buffer.concat([Buffer.from([name.length]), Buffer.from(name, 'latin1')])
  return Buffer.concat([answer(answers.bitmap, named), size, Buffer.alloc(bytes, 0xff), end])
}

const broken = (what: string) =>
  new ZoneError(`The stream of the post-copy cannot be followed: ${what}`, { code: 'STREAM_UNKNOWN' })
