import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { parseRecord } from '../guest/counter-disk.ts'
import { isGood, isResponse, type Pdu, PduSplitter, taskTag, writtenBlocks } from './iscsi-pdus.ts'
import type { WitnessEvent } from './witness-event.ts'

// Stands between the hosts and their iSCSI server, in the namespace of the storage, and tells on its standard output which
// host has written which of the guest's records, in the order in which the server gets them, and which of these writes the
// server has confirmed. `cut [HOST]` and `heal` on its standard input take the storage away, from one host or all, and give it
// back.
//
//   node storage-witness-main.ts ADDRESS LISTENPORT SERVERPORT

const [address = '', listenPort = '', serverPort = ''] = process.argv.slice(2)
/** Of the hosts, whose addresses are the values. */
const connections = new Map<Socket, string>()
/** What the guest's blocks hold, by address. */
const blocks = new Map<number, string>()
let isCut: (host: string) => boolean = () => false
let writes = 0

function say(event: WitnessEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

function serve(client: Socket): void {
  const host = client.remoteAddress ?? ''
  if (isCut(host)) {
    client.resetAndDestroy()
    return
  }
  const server = connect(Number(serverPort), address)
  connections.set(client, host)
  client.on('close', () => connections.delete(client))
  const pending = new Map<number, number[]>()
  const asked = (pdu: Pdu) => {
    const ids = writtenBlocks(pdu).flatMap(([at, block]) => newRecord(at, block.toString('latin1'), host))
    if (ids.length > 0) pending.set(taskTag(pdu), ids)
  }
  const answered = (pdu: Pdu) => {
    if (!isResponse(pdu)) return
    if (isGood(pdu)) for (const id of pending.get(taskTag(pdu)) ?? []) say({ kind: 'confirmed', id })
    pending.delete(taskTag(pdu))
  }
  join(client, server, new PduSplitter(), asked)
  join(server, client, new PduSplitter(), answered)
}

/**
 * Tells of a record, unless the block holds it already: QEMU may write more than the one block that the guest has written.
 *
 * @returns its id; none if there is nothing new
 */
function newRecord(address: number, text: string, host: string): number[] {
  const record = parseRecord(text)
  if (record === undefined || blocks.get(address) === text) return []
  blocks.set(address, text)
  writes += 1
  say({ kind: 'write', id: writes, host, ...record })
  return [writes]
}

/** Passes on what comes from one end; a message is told of before it is passed on. */
function join(from: Socket, to: Socket, splitter: PduSplitter, onPdu: (pdu: Pdu) => void): void {
  from.setNoDelay(true)
  from.on('data', (chunk: Buffer) => {
    for (const pdu of splitter.push(chunk)) onPdu(pdu)
    if (!to.write(chunk)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('error', () => undefined)
  from.on('close', () => to.destroy())
}

createServer(serve).listen(Number(listenPort), address, () => say({ kind: 'ready' }))

createInterface(process.stdin).on('line', (line) => {
  const [word, only = ''] = line.split(' ')
  isCut = (host) => word === 'cut' && (only === '' || only === host)
  for (const [socket, host] of connections) if (isCut(host)) socket.resetAndDestroy()
  say({ kind: word === 'cut' ? 'cut' : 'healed' })
})
