import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { copyImage, copyStorage, createStorage } from './storage.ts'

const run = promisify(execFile)
const mib = 1024 ** 2
const initiatorName = 'iqn.2026-11.org.kzone:test'

async function host() {
  const folder = await temporaryFolder()
  // A root whose name QEMU would take apart if it were not quoted.
  const root = join(folder.path, 'r,a=b')
  await mkdir(root)
  return {
    root,
    context: { root, initiatorName },
    image: (name: string) => join(folder.path, name),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

test('An image is copied as what it was declared to be, onto a disk that stays raw whatever is on it', async () => {
  await using here = await host()
  const { root, context } = here
  const disk = join(root, 'disk')
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '100M'])
  await truncate(disk, mib)
  const content = Buffer.alloc(256 * 1024, 4)
  // Declared as raw, its own header is content like any other.
  const image = here.image('image')
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M'])
  const header = await readFile(image)
  await copyImage({ path: image, format: 'raw' }, 'file:///disk', context)
  assert.ok((await readFile(disk)).subarray(0, header.length).equals(header))
  await writeFile(image, content)
  await copyImage({ path: image, format: 'raw' }, 'file:///disk', context)
  assert.ok((await readFile(disk)).subarray(0, content.length).equals(content))
})

test('What is empty takes no room on storage that was just made, and zeros are there all the same', async () => {
  await using here = await host()
  const { root, context } = here
  const image = here.image('image.raw')
  await writeFile(image, Buffer.alloc(mib, 5))
  await truncate(image, 16 * mib)
  for (const uri of ['file:///one', 'file:///two']) await createStorage(uri, 32 * mib, context)
  await copyImage({ path: image, format: 'raw' }, 'file:///one', context, { targetIsZero: true })
  await copyStorage('file:///one', 'file:///two', context, { targetIsZero: true })
  const expected = Buffer.concat([await readFile(image), Buffer.alloc(16 * mib)])
  for (const name of ['one', 'two']) {
    assert.ok((await readFile(join(root, name))).equals(expected))
    assert.ok((await stat(join(root, name))).blocks * 512 <= 2 * mib)
  }
})

for (const format of ['raw', 'qcow2'] as const) {
  test(`copyImage() puts a ${format} image onto a file, and zeros where the image has none`, async () => {
    await using here = await host()
    const { root, context } = here
    const content = Buffer.alloc(4 * mib)
    content.write('first', 0)
    content.write('last', content.length - 4)
    const raw = here.image('image.raw')
    await writeFile(raw, content)
    const image = format === 'raw' ? raw : here.image('a, b.qcow2')
    if (format === 'qcow2') await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image])
    const old = Buffer.alloc(8 * mib, 0xff)
    await writeFile(join(root, 'disk'), old)
    await copyImage({ path: image, format }, 'file:///disk', context)
    const copied = await readFile(join(root, 'disk'))
    assert.equal(copied.length, 8 * mib)
    assert.ok(copied.subarray(0, content.length).equals(content))
  })
}

test('copyImage() refuses an image of another format, one that is not there, and one that is too big', async () => {
  await using here = await host()
  const { context } = here
  await createStorage('file:///disk', mib, context)
  const big = here.image('big.raw')
  await writeFile(big, Buffer.alloc(2 * mib))
  const cases = [
    [{ path: big, format: 'qcow2' }, /not in qcow2 format/],
    [{ path: here.image('none.raw'), format: 'raw' }, /No such file/],
    [{ path: big, format: 'raw' }, /smaller/],
  ] as const
  for (const [image, message] of cases) {
    await assert.rejects(copyImage(image, 'file:///disk', context), { code: 'COMMAND_FAILED', message })
  }
})

test('copyImage() ends with the reason of its signal', async () => {
  await using here = await host()
  const image = here.image('image.raw')
  await writeFile(image, Buffer.alloc(mib))
  await createStorage('file:///disk', mib, here.context)
  const reason = new Error('cancelled')
  const aborted = AbortSignal.abort(reason)
  await assert.rejects(
    copyImage({ path: image, format: 'raw' }, 'file:///disk', here.context, { signal: aborted }),
    reason,
  )
})
