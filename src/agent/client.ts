import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ZoneError } from '../errors.ts'
import { type CallOptions, RpcPeer } from '../transport/rpc.ts'
import { connectUnix } from '../transport/unix.ts'
import type { HostLayout } from '../util/host-layout.ts'
import { makeFolder } from '../util/make-folder.ts'
import { retryUntil } from '../util/retry-until.ts'
import type { OperationName, Params, Progress, Result } from './api.ts'
import { formatGreeting } from './greeting.ts'

const startTimeoutMs = 10_000
/** How long to wait for a zonesd that somebody else may have started, after ours has ended for another reason than that. */
const rivalTimeoutMs = 3_000

export interface AgentCallOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** A client's conversation with its host's zonesd. Same program, same version: answers are taken as typed. */
export class AgentClient implements AsyncDisposable {
  readonly #peer: RpcPeer

  constructor(socket: Socket) {
    socket.write(formatGreeting({ kzone: 1, via: 'local' }))
    this.#peer = new RpcPeer(socket)
    this.#peer.listen()
  }

  /** @throws ZoneError as zonesd threw it */
  async call<N extends OperationName>(
    name: N,
    params: Params<N>,
    { signal, onProgress }: AgentCallOptions = {},
  ): Promise<Result<N>> {
    const options: CallOptions = { signal, onProgress: onProgress as ((value: unknown) => void) | undefined }
    try {
      return (await this.#peer.call(name, params, options)) as Result<N>
    } catch (error) {
      if (!(error instanceof ZoneError) || error.code !== 'PEER_LOST') throw error
      throw new ZoneError('zonesd ended before it had answered; zones that run go on running', {
        code: 'PEER_LOST',
        remedy: `See how it stands: zoneadm list -cs. What was under way is finished or undone by the next zonesd${bootWords(params)}`,
        cause: error,
      })
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]()
  }
}

/** Connects to this host's zonesd; the first one to ask starts it. */
export async function connectAgent(layout: HostLayout, signal?: AbortSignal): Promise<AgentClient> {
  return new AgentClient(await dialAgent(layout, signal))
}

/**
 * The raw stream to this host's zonesd, which is started if it does not run.
 *
 * @throws ZoneError ZONESD_FAILED with its last words
 */
export async function dialAgent(layout: HostLayout, signal?: AbortSignal): Promise<Socket> {
  const socket = await connectUnix(layout.socket)
  if (socket !== undefined) return socket
  const log = join(layout.logFolder, 'zonesd.log')
  const exited = await startAgent(log)
  const ask = () => connectUnix(layout.socket)
  const started = await retryUntil(async () => (await ask()) ?? (exited() ? 'ended' : undefined), {
    timeoutMs: startTimeoutMs,
    intervalMs: 10,
    signal,
  })
  // Several clients may start it at once: those that come second end, and the first one is about to answer.
  const isSecond =
    started === 'ended' && (await linesOf(log)).slice(-20).some((line) => /runs already for/.test(line))
  const patience = { timeoutMs: isSecond ? startTimeoutMs : rivalTimeoutMs, intervalMs: 10, signal }
  const answered = started === 'ended' ? await retryUntil(ask, patience) : started
  if (answered !== undefined) return answered
  const lines = await linesOf(log)
  // What Node itself adds to the last words of a program says nothing: a blank, a stack, its version.
  const words = lines.findLast((line) => /^\S/.test(line) && !/^(Node\.js v|node:|\})/.test(line))
  throw new ZoneError(`zonesd did not start: ${words || 'it said nothing'}`, {
    code: 'ZONESD_FAILED',
    remedy: `Its messages are in ${log}; to see them here: zonesd run`,
  })
}

const linesOf = async (log: string) => (await readFile(log, 'utf8').catch(() => '')).split('\n')

/** Starts zonesd in the background; answers a function that tells whether it has ended. */
async function startAgent(log: string): Promise<() => boolean> {
  await makeFolder(dirname(log)).catch(refuseUnprivileged)
  await using handle = await open(log, 'a', 0o600)
  const program = fileURLToPath(new URL('./zonesd.js', import.meta.url))
  const child = spawn(process.execPath, [program, 'run'], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', handle.fd, handle.fd],
  })
  let ended = false
  child.once('error', () => (ended = true))
  child.once('exit', () => (ended = true))
  child.unref()
  return () => ended
}

/** A user who may not write there has most likely forgotten something. */
function refuseUnprivileged(error: ZoneError): never {
  const { code = '', path } = (error.cause ?? {}) as NodeJS.ErrnoException
  if (code !== 'EACCES' && code !== 'EPERM') throw error
  throw new ZoneError(`Cannot write to ${path ?? 'the state folder'}: ${code}`, {
    code: 'NOT_PERMITTED',
    remedy: 'Run the command as root, or set KZ_ROOT to a folder of your own',
    cause: error,
  })
}

/** The next zonesd finds a machine that has ended meanwhile, but starts none. */
function bootWords(params: object): string {
  return 'zone' in params && typeof params.zone === 'string'
    ? `; if the zone has ended with it: zoneadm -z ${params.zone} boot`
    : ''
}
