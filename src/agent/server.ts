import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { ZoneError } from '../errors.ts'
import { peerOperations } from '../migration/peer-api.ts'
import { type Handler, RpcPeer } from '../transport/rpc.ts'
import { checkSocketPath } from '../transport/unix.ts'
import { retryUntil } from '../util/retry-until.ts'
import { systemError } from '../util/system-error.ts'
import { holdForTest } from '../util/test-hold.ts'
import { operations, type Progress } from './api.ts'
import { type Greeting, readGreeting } from './greeting.ts'
import type { HandlerCall, Handlers } from './handlers.ts'
import type { Host } from './host.ts'
import type { Arrivals } from './incoming/arrivals.ts'
import { Trials } from './incoming/trials.ts'
import { checkHandlers } from './operations/check.ts'
import { configHandlers } from './operations/config.ts'
import { hostHandlers } from './operations/host.ts'
import { hostDataHandlers } from './operations/host-data.ts'
import { migrateHandlers } from './operations/migrate.ts'
import { type PeerConversation, type PeerHandlers, peerHandlers } from './operations/peer.ts'
import { storageHandlers } from './operations/storage.ts'
import { zoneHandlers } from './operations/zone.ts'

/** How long conversations may take to end when zonesd does. */
const lastWordsTimeoutMs = 500

const handlers: Handlers<keyof typeof operations> = {
  ...checkHandlers,
  ...configHandlers,
  ...hostHandlers,
  ...hostDataHandlers,
  ...migrateHandlers,
  ...storageHandlers,
  ...zoneHandlers,
}

/** Parameters as the schema has them, or a refusal: the caller is of another release, or no kzone. */
function checked<T>(schema: z.ZodType<T>, method: string, params: unknown): T {
  const parsed = schema.safeParse(params)
  if (parsed.success) return parsed.data
  throw new ZoneError(`zonesd does not understand this call of "${method}"`, {
    code: 'BAD_CALL',
    remedy: 'Is the same release of kzone running as the one installed? Restart zonesd: zonesd stop',
    cause: parsed.error,
  })
}

type AnyLocal = (host: Host, params: unknown, call: HandlerCall) => Promise<unknown>
type AnyPeer = (conversation: PeerConversation, params: unknown, signal: AbortSignal) => Promise<unknown>

/** What is answered also while zonesd ends, or does not know yet what runs here. */
const whileUnready: readonly string[] = [
  'host/hello',
  'host/stop',
  'zone/list',
  'zone/cancel',
  'zone/migration',
]

/**
 * Waits until it is known what runs of the zone that a call is about.
 *
 * @throws ZoneError ENDING
 */
async function readyFor({ registry, ending }: Host, params: unknown): Promise<void> {
  if (ending.aborted) {
    throw new ZoneError('zonesd is just ending', { code: 'ENDING', remedy: 'Type the command again' })
  }
  const { zone } = params as { readonly zone?: unknown }
  if (typeof zone === 'string') await registry.find(zone)?.adopting
}

function serveLocal(peer: RpcPeer, host: Host): void {
  for (const [name, { params: schema }] of Object.entries(operations)) {
    const handler = handlers[name as keyof Handlers<keyof typeof operations>] as AnyLocal
    peer.handle(name, async (params, { signal, progress }) => {
      const known = checked(schema as z.ZodType, name, params)
      if (!whileUnready.includes(name)) await readyFor(host, known)
      return handler(host, known, { signal, progress: progress as (value: Progress) => void })
    })
  }
}

function servePeer(peer: RpcPeer, conversation: PeerConversation): void {
  for (const [name, { params: schema }] of Object.entries(peerOperations)) {
    const handler = peerHandlers[name as keyof PeerHandlers] as AnyPeer
    const serve: Handler = async (params, { signal }) => {
      const known = checked(schema as z.ZodType, name, params)
      await readyFor(conversation.host, known)
      try {
        await holdForTest(`${name.replace('/', '-')}.begin`)
        const answer = await handler(conversation, known, signal)
        await holdForTest(`${name.replace('/', '-')}.end`)
        return answer
      } catch (error) {
        throw onThisHost(conversation.host, error)
      }
    }
    peer.handle(name, serve)
  }
}

/** Of errors that tell what a host, its hypervisor or its way to the storage cannot do. */
const ofThisHost: ReadonlySet<string> = new Set([
  'HOST_FAILURE',
  'QEMU_FAILED',
  'QEMU_NOT_STARTED',
  'QMP_CLOSED',
  'QMP_CONNECT',
  'QMP_REFUSED',
  'QMP_TIMEOUT',
  'STORAGE_UNREACHABLE',
])

/** A failure of a host is told with the host's name: it is shown to an operator of another one. */
function onThisHost({ identity }: Host, error: unknown): unknown {
  const failure = error instanceof ZoneError ? error : systemError(error)
  if (failure === undefined || !ofThisHost.has(failure.code)) return error
  const { message, code, remedy } = failure
  const there = remedy === undefined ? {} : { remedy: `On ${identity.name}: ${remedy}` }
  return new ZoneError(`On ${identity.name}: ${message}`, { code, ...there, cause: error })
}

async function converse(socket: Socket, host: Host, arrivals: Arrivals): Promise<void> {
  socket.on('error', () => undefined)
  const greeting: Greeting | undefined = await readGreeting(socket)
  if (greeting === undefined) {
    socket.destroy()
    return
  }
  const peer = new RpcPeer(socket)
  if (greeting.via === 'local') serveLocal(peer, host)
  await using trials = new Trials(host.layout.runFolder)
  const conversation = { host, arrivals, address: greeting.address, announced: new Set<string>(), trials }
  servePeer(peer, conversation)
  peer.listen()
  await peer.closed
  await arrivals.conversationEnded(conversation.announced)
}

/**
 * Listens on the host's socket, which only its owner may use.
 *
 * @returns what ends the listening and all conversations
 */
export async function serve(host: Host, arrivals: Arrivals): Promise<AsyncDisposable> {
  const { socket: path } = host.layout
  await mkdir(dirname(path), { recursive: true })
  await rm(path, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    converse(socket, host, arrivals).catch((error: Error) =>
      host.log(`conversation failed: ${error.message}`),
    )
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(checkSocketPath(path), resolve)
  await promise
  await chmod(path, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      server.close()
      // The last answers go out first.
      for (const socket of sockets) socket.end()
      const allEnded = () => (sockets.size === 0 ? true : undefined)
      await retryUntil(allEnded, { timeoutMs: lastWordsTimeoutMs, intervalMs: 10 })
      for (const socket of sockets) socket.destroy()
      await rm(path, { force: true })
    },
  }
}
