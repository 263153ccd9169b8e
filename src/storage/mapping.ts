import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ZoneError } from '../errors.ts'
import { atomicWrite } from '../util/atomic-write.ts'
import { isAlive, processIdentity } from '../util/process-identity.ts'
import { retryUntil } from '../util/retry-until.ts'
import { runCommand } from '../util/run-command.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import { parseSuri } from '../zone/suri/parse-suri.ts'
import type { StorageContext } from './driver.ts'
import { driverOf, imageArguments, probeStorage } from './storage.ts'

const startTimeoutMs = 30_000
const endTimeoutMs = 10_000

const Mapping = z.object({
  uri: z.string(),
  socket: z.string(),
  writable: z.boolean(),
  process: z.object({ pid: z.number(), startTicks: z.number() }),
})
type Mapping = z.infer<typeof Mapping>

export interface MapOptions {
  /** Folder for sockets and notes; what is in it lives until the host reboots. */
  readonly folder: string
  readonly writable: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Gives a storage object a path on this host. What the host has as a file or a device is there already; anything else is
 * served by a qemu-nbd on a unix socket until it is unmapped, for whatever speaks NBD.
 *
 * @returns the path, the same as before if it is mapped already
 * @throws ZoneError STORAGE_UNREACHABLE, SURI_INVALID, SURI_UNSUPPORTED, STORAGE_MAPPED: for reading only
 */
export async function mapStorage(
  uri: string,
  context: StorageContext,
  { folder, writable, signal }: MapOptions,
): Promise<string> {
  const suri = parseSuri(uri)
  await probeStorage(uri, context, { signal })
  const path = await driverOf(suri).localPath?.(suri, context)
  if (path !== undefined) return path
  const existing = await findMapping(uri, folder)
  if (existing !== undefined) {
    if (existing.writable || !writable) return existing.socket
    throw new ZoneError(`"${uri}" is mapped for reading only`, {
      code: 'STORAGE_MAPPED',
      remedy: `Take that back first: suriadm unmap ${uri}`,
    })
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { note, socket, pidFile } = placesOf(uri, folder)
  const { objects, image } = await imageArguments(suri, context, { signal })
  const mode = writable ? ['--cache=none'] : ['--read-only']
  const life = ['--fork', '--persistent', '--shared=0', `--pid-file=${pidFile}`, `--socket=${socket}`]
  for (const path of [socket, pidFile]) await rm(path, { force: true })
  try {
    await runCommand('qemu-nbd', [...objects, ...mode, ...life, image], { signal, timeoutMs: startTimeoutMs })
    const server = await serverOf(pidFile)
    if (server === undefined) throw new Error('qemu-nbd ended as soon as it had started')
    await atomicWrite(
      note,
      JSON.stringify({ uri: formatSuri(suri), socket, writable, process: server }),
      0o600,
    )
  } catch (error) {
    // Without a note nobody would know of it.
    const server = await serverOf(pidFile)
    if (server !== undefined) await end(server)
    for (const path of [socket, pidFile]) await rm(path, { force: true })
    throw error
  }
  return socket
}

async function serverOf(pidFile: string): Promise<Mapping['process'] | undefined> {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''))
  return Number.isNaN(pid) ? undefined : processIdentity(pid)
}

async function end(server: Mapping['process']): Promise<void> {
  process.kill(server.pid, 'SIGTERM')
  const hasEnded = async () => ((await isAlive(server)) ? undefined : true)
  const patience = { timeoutMs: endTimeoutMs, intervalMs: 10 }
  if ((await retryUntil(hasEnded, patience)) === true) return
  process.kill(server.pid, 'SIGKILL')
  await retryUntil(hasEnded, patience)
}

/**
 * Takes the path back that `mapStorage()` made.
 *
 * @throws ZoneError NOT_MAPPED
 */
export async function unmapStorage(uri: string, folder: string): Promise<void> {
  const mapping = await findMapping(uri, folder)
  if (mapping === undefined) {
    throw new ZoneError(`"${uri}" is not mapped`, {
      code: 'NOT_MAPPED',
      remedy: 'What this host has as a file or a device needs no mapping, and keeps none',
    })
  }
  await end(mapping.process)
  const { note, socket, pidFile } = placesOf(uri, folder)
  for (const path of [note, socket, pidFile]) await rm(path, { force: true })
}

/** The mapping of a storage object, if its server runs. */
export async function findMapping(uri: string, folder: string): Promise<Mapping | undefined> {
  return readMapping(placesOf(uri, folder).note)
}

/** The URI that a path was made for. */
export async function mappedUri(path: string, folder: string): Promise<string | undefined> {
  return (await allMappings(folder)).find(({ socket }) => socket === path)?.uri
}

/** The URIs of what can be written by its path. */
export async function mappedForWriting(folder: string): Promise<string[]> {
  return (await allMappings(folder)).flatMap(({ uri, writable }) => (writable ? [uri] : []))
}

async function allMappings(folder: string): Promise<Mapping[]> {
  const notes = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'))
  const mappings = await Promise.all(notes.map((name) => readMapping(join(folder, name))))
  return mappings.filter((mapping) => mapping !== undefined)
}

async function readMapping(note: string): Promise<Mapping | undefined> {
  const text = await readFile(note, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { data } = Mapping.safeParse(JSON.parse(text))
  return data !== undefined && (await isAlive(data.process)) ? data : undefined
}

function placesOf(uri: string, folder: string) {
  const name = createHash('sha256')
    .update(formatSuri(parseSuri(uri)))
    .digest('hex')
    .slice(0, 16)
  const place = (suffix: string) => join(folder, `${name}.${suffix}`)
  return { note: place('json'), socket: place('sock'), pidFile: place('pid') }
}
