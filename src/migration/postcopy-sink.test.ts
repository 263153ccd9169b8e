import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { blockBytes } from './end-postcopy.ts'
import { openPostcopySink } from './postcopy-sink.ts'

/** How QEMU 7.2 writes it. */
const words = [
  '              Block Name    PSize              Offset               Used              Total',
  '                  pc.ram    4 KiB  0x0000000000000000 0x0000000002000000 0x0000000002000000',
  '    /rom@etc/acpi/tables    2 MiB  0x0000000002080000 0x0000000000020000 0x0000000000200000',
  '',
].join('\r\n')
const blocks = new Map([
  ['pc.ram', 0x200_0000],
  ['/rom@etc/acpi/tables', 0x2_0000],
])

const askOf = (name: string) =>
  Buffer.concat([Buffer.from([8, 0, 10, 0, name.length + 1, name.length]), Buffer.from(name)])
const resume = Buffer.from([8, 0, 9, 0, 0])

/** What the sink answers to what is sent to it. */
async function answers(path: string, pieces: readonly Buffer[]): Promise<Buffer> {
  const socket = connect(path)
  const got: Buffer[] = []
  socket.on('data', (data) => got.push(data))
  for (const piece of pieces) socket.write(piece)
  socket.end()
  await once(socket, 'close')
  return Buffer.concat(got)
}

test('The sizes of the blocks of memory are read from the words of the monitor', () => {
  assert.deepEqual(blockBytes(words), blocks)
})

test('A sink says of each block that all of it is here, and at the end that all is', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'rest')
  {
    await using sink = await openPostcopySink(path, blocks)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const name = '/rom@etc/acpi/tables'
    const said = await answers(path, [askOf(name), resume, Buffer.from([0])])
    await sink.taken
    // 32 pages in a word of 64 bits.
    const bitmap = [
      '0005',
      '0015',
      '14',
      Buffer.from(name).toString('hex'),
      '0000000000000008',
      'f'.repeat(16),
    ]
    const resumed = '0006000400000001'
    const shut = '0001000400000000'
    assert.equal(said.toString('hex'), [...bitmap, '0123456789abcdef', resumed, shut].join(''))
  }
  assert.equal(existsSync(path), false)
})

for (const [what, pieces, message] of [
  ['a block that it does not know', [askOf('mem9')], /no block of memory is known as "mem9"/],
  ['a command that belongs elsewhere', [Buffer.from([8, 0, 4, 0, 0])], /command 4 does not belong there/],
  ['something else', [Buffer.from('QEVM\0')], /0x51 is no command/],
  ['too little', [Buffer.from([8, 0])], /it ends/],
] as const) {
  test(`A stream with ${what} is not followed`, async () => {
    await using folder = await temporaryFolder()
    await using sink = await openPostcopySink(join(folder.path, 'rest'), blocks)
    const refused = assert.rejects(sink.taken, { code: 'STREAM_UNKNOWN', message })
    assert.equal((await answers(sink.path, pieces)).length, 0)
    await refused
  })
}
