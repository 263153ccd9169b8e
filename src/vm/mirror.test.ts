import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts'
import { tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { blockGraph, createStorage } from '../storage/storage.ts'
import { hostLayout } from '../util/host-layout.ts'
import { retryUntil } from '../util/retry-until.ts'
import { endMachine, startMachine } from './machine.ts'
import {
  driveOf,
  endMirror,
  mirrorProgress,
  nextNode,
  removeDrive,
  startMirror,
  switchOver,
} from './mirror.ts'

const mib = 1024 ** 2
const [from, to] = ['file:///from', 'file:///to']

/** A real machine, stopped, with a disk of 8 MiB that is not empty. */
async function machineWithDisk() {
  await using undo = new AsyncDisposableStack()
  const folder = undo.use(await temporaryFolder())
  const layout = hostLayout(folder.path)
  const storage = { root: layout.root, initiatorName: 'iqn.2026-11.org.kzone:test' }
  await createStorage(from, 8 * mib, storage)
  await createStorage(to, 8 * mib, storage)
  await writeFile(join(folder.path, 'from'), Buffer.alloc(8 * mib, 7))
  const spec = { ...tinySpec('web1'), disks: [{ id: 3, storage: from, pciSlot: 5, serial: 'kz-disk3' }] }
  const on = { layout, storage, attachments: [], pageBytes: undefined, incoming: false }
  const machine = await startMachine(spec, on)
  undo.defer(() => endMachine(layout, machine))
  const kept = undo.move()
  return {
    qmp: machine.qemu.qmp,
    storage,
    bytesOf: (uri: string) => readFile(join(folder.path, uri.slice('file:///'.length))),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}

const ready = (qmp: Parameters<typeof mirrorProgress>[0]) =>
  retryUntil(
    async () => {
      const progress = await mirrorProgress(qmp, 3)
      return progress.isReady ? progress : undefined
    },
    { timeoutMs: 20_000, intervalMs: 20 },
  )

test('A disk is copied and switched over, to and fro; what is left behind can be taken away', async () => {
  await using here = await machineWithDisk()
  const { qmp, storage } = here
  assert.deepEqual(await driveOf(qmp, 3), { node: 'disk3', sizeBytes: 8 * mib })
  const graph = await blockGraph(to, nextNode('disk3', 3), storage)
  await startMirror(qmp, 3, graph)
  assert.deepEqual(await ready(qmp), { doneBytes: 8 * mib, totalBytes: 8 * mib, isReady: true })
  await switchOver(qmp, 3, graph)
  assert.equal((await driveOf(qmp, 3)).node, 'moved1-disk3')
  assert.ok((await here.bytesOf(to)).equals(await here.bytesOf(from)))
  await removeDrive(qmp, 'disk3')
  const back = await blockGraph(from, nextNode('moved1-disk3', 3), storage)
  await startMirror(qmp, 3, back)
  await ready(qmp)
  await switchOver(qmp, 3, back)
  assert.equal((await driveOf(qmp, 3)).node, 'moved2-disk3')
  await removeDrive(qmp, 'moved1-disk3')
  await assert.rejects(mirrorProgress(qmp, 3), { code: 'MIRROR_FAILED' })
})

test('A copy that is given up leaves the disk where it was, and can be begun again', async () => {
  await using here = await machineWithDisk()
  const { qmp, storage } = here
  for (let time = 0; time < 2; time += 1) {
    const graph = await blockGraph(to, nextNode('disk3', 3), storage)
    await startMirror(qmp, 3, graph)
    await endMirror(qmp, 3)
    await endMirror(qmp, 3)
    assert.equal((await driveOf(qmp, 3)).node, 'disk3')
    await removeDrive(qmp, 'moved1-disk3')
  }
})

test('Storage that cannot be opened is refused with the words of QEMU, and nothing of it stays', async () => {
  await using here = await machineWithDisk()
  const { qmp, storage } = here
  const graph = await blockGraph('file:///nowhere', nextNode('disk3', 3), storage)
  await assert.rejects(startMirror(qmp, 3, graph), { code: 'MIRROR_FAILED', message: /No such file/ })
  const good = await blockGraph(to, nextNode('disk3', 3), storage)
  await startMirror(qmp, 3, good)
  await endMirror(qmp, 3)
})
