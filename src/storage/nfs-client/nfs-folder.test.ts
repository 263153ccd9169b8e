import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { isInOwnNetwork, runInOwnNetwork } from '../../../test/fixtures/in-own-network.ts'
import { whyNoNamespaces } from '../../../test/hosts/requirement.ts'
import { createStorage } from '../storage.ts'
import { xdrNumbers, xdrOpaque } from './xdr.ts'

const port = 111
const address = '127.0.0.1'
const uri = `nfs://1000:1000@${address}/share/disk0`
const context = { root: '/', initiatorName: 'iqn.2026-11.org.kzone:test' }
const mib = 1024 ** 2
const programs = { portMapper: 100_000, nfs: 100_003 } as const
const procedures = { setAttributes: 2, lookUp: 3, create: 8, remove: 12 } as const
const regularFile = Buffer.concat([xdrNumbers(1), Buffer.alloc(80)])

/** An NFS server with one file at most, that is silent when it is asked for one thing. */
async function server(silentAt: keyof typeof procedures, whenSilent: () => void = () => undefined) {
  let isThere = false
  const asked: string[] = []
  const answer = (program: number, procedure: number): Buffer | undefined => {
    if (program === programs.portMapper) return xdrNumbers(port)
    if (program !== programs.nfs) return Buffer.concat([xdrNumbers(0), xdrOpaque('folder')])
    const [name] = Object.entries(procedures).find(([, number]) => number === procedure) ?? []
    asked.push(name ?? 'another')
    if (name === 'create' || name === 'remove') isThere = name === 'create'
    if (name === silentAt) {
      whenSilent()
      return undefined
    }
    if (name === 'lookUp')
      return Buffer.concat([xdrNumbers(0), xdrOpaque('file'), xdrNumbers(1), regularFile])
    return xdrNumbers(0)
  }
  const listener = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (call: Buffer) => {
        const [transaction, program, procedure] = [4, 16, 24].map((offset) => call.readUInt32BE(offset))
        const result = answer(program ?? 0, procedure ?? 0)
        if (result === undefined) return
        const reply = Buffer.concat([xdrNumbers(transaction ?? 0, 1, 0, 0, 0, 0), result])
        socket.write(Buffer.concat([xdrNumbers((0x8000_0000 | reply.length) >>> 0), reply]))
      })
  })
  listener.listen(port, address)
  await once(listener, 'listening')
  return {
    asked,
    isThere: () => isThere,
    [Symbol.dispose]: () => void listener.close(),
  }
}

if (!isInOwnNetwork) {
  const skip = whyNoNamespaces()
  test(
    'Files on an NFS server are made whole or not at all',
    { ...(skip === undefined ? {} : { skip }) },
    () => runInOwnNetwork(import.meta.filename),
  )
} else {
  test('A file that is being made when Ctrl-C ends the conversation is removed over another', async () => {
    const cancel = new AbortController()
    using nfs = await server('setAttributes', () => cancel.abort(new Error('cancelled')))
    await assert.rejects(createStorage(uri, mib, context, { signal: cancel.signal }), {
      message: 'cancelled',
    })
    assert.deepEqual(nfs.asked, ['create', 'lookUp', 'setAttributes', 'remove'])
    assert.equal(nfs.isThere(), false)
  })

  test('A file that the server may have made is not removed, since it may be another’s, but told', async () => {
    using nfs = await server('create')
    await assert.rejects(createStorage(uri, mib, context, { timeoutMs: 300 }), {
      code: 'STORAGE_LEFT',
      message: /^Cannot make "nfs:.*": .*timeout; something of it may be there$/,
      remedy: `If nobody has it, remove it: suriadm delete ${uri}`,
    })
    assert.deepEqual([nfs.asked, nfs.isThere()], [['create'], true])
  })
}
