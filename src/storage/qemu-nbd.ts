import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZoneError } from '../errors.ts'
import { connectUnix } from '../transport/unix.ts'
import { retryUntil } from '../util/retry-until.ts'
import type { BlockStore } from './block-store.ts'
import { openNbd } from './nbd-client.ts'

const program = 'qemu-nbd'
const startTimeoutMs = 30_000
const keptWords = 4000
const lastWordsTimeoutMs = 1_000

export interface QemuNbdOptions {
  /** Path of the unix socket between the two; it is gone when the store is disposed. */
  readonly socket: string
  readonly writable: boolean
  readonly signal?: AbortSignal | undefined
  /** Once it is aborted qemu-nbd is ended at once, whatever it is at: what is waited for fails. */
  readonly until?: AbortSignal | undefined
}

/**
 * Opens what only QEMU can open, through a qemu-nbd of its own. If this process dies, qemu-nbd ends with it: it serves
 * one client.
 *
 * @param image QEMU's block graph after `json:`, and the options with the objects that it needs
 * @throws ZoneError STORAGE_UNREACHABLE with QEMU's words; COMMAND_MISSING
 */
export async function openQemuNbd(
  { objects, image }: { readonly objects: readonly string[]; readonly image: string },
  { socket: path, writable, signal, until }: QemuNbdOptions,
): Promise<BlockStore & { readonly sizeBytes: number }> {
  await using undo = new AsyncDisposableStack()
  await rm(path, { force: true })
  undo.defer(() => rm(path, { force: true }))
  const mode = writable ? ['--cache=none'] : ['--read-only']
  // Killed with this process, also before it has its one client, for whom it would wait for ever.
  const args = ['--pdeathsig', 'KILL', program, ...objects, ...mode, `--socket=${path}`, image]
  const child = spawn('setpriv', args, {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-keptWords)
  })
  let end: Error | undefined
  child.once('error', (error) => {
    end = error
  })
  const ended = once(child, 'close').then(
    () => true,
    () => true,
  )
  void ended.then(() => {
    end ??= new Error(toOperator(words) || `${program} ended`)
  })
  undo.defer(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const kill = () => void child.kill('SIGKILL')
  until?.addEventListener('abort', kill, { once: true })
  undo.defer(() => until?.removeEventListener('abort', kill))
  const socket = await retryUntil(
    async () => (await connectUnix(path)) ?? (end === undefined ? undefined : 'ended'),
    {
      timeoutMs: startTimeoutMs,
      intervalMs: 5,
      signal: signal ?? until,
    },
  )
  if (socket === undefined || socket === 'ended') throw unreachable(end)
  undo.defer(() => void socket.destroy())
  // It listens before it opens the storage: if that fails, its own words say more than the end of the conversation.
  const store = await openNbd(socket).catch(async (error: unknown) => {
    await Promise.race([ended, sleep(lastWordsTimeoutMs)])
    throw end === undefined ? error : unreachable(end)
  })
  const kept = undo.move()
  return { ...store, [Symbol.asyncDispose]: () => closeWith(store, kept) }
}

/** The conversation is ended in order first: qemu-nbd then writes out what it holds. */
async function closeWith(store: AsyncDisposable, rest: AsyncDisposable): Promise<void> {
  await store[Symbol.asyncDispose]()
  await rest[Symbol.asyncDispose]()
}

/** Without its own name, and without the description of the node that it was given. */
function toOperator(words: string): string {
  return words
    .trim()
    .replace(/^qemu-nbd: /, '')
    .replace(/^Failed to blk_new_open 'json:.*?': /s, '')
}

function unreachable(end: Error | undefined): ZoneError {
  if (/failed to execute/.test(end?.message ?? '')) {
    return new ZoneError(`Cannot run "${program}": it is not installed`, {
      code: 'COMMAND_MISSING',
      remedy: 'apt install qemu-utils',
    })
  }
  return new ZoneError(end?.message ?? `${program}: no answer within ${startTimeoutMs / 1000} s`, {
    code: 'STORAGE_UNREACHABLE',
  })
}
