import { spawn } from 'node:child_process'
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZoneError } from '../errors.ts'
import { QmpConnection } from '../qmp/connection.ts'
import { connectUnixTransport } from '../qmp/unix-transport.ts'
import type { HostLayout } from '../util/host-layout.ts'
import { isAlive, type ProcessIdentity, processIdentity } from '../util/process-identity.ts'
import { retryUntil } from '../util/retry-until.ts'

/** Program name or path of QEMU: KZ_QEMU chooses one on a host that has several. */
export const qemuBinary = process.env['KZ_QEMU'] || 'qemu-system-x86_64'

const startTimeoutMs = 60_000
const quitTimeoutMs = 5_000
const keptLogCharacters = 600
const commentMark = '# '

/** A running hypervisor process and the conversation with it. It outlives this object unless it is told to end. */
export interface QemuProcess {
  readonly identity: ProcessIdentity
  readonly qmp: QmpConnection
}

/** The last words of QEMU, without its name in front. */
async function qemuWords(layout: HostLayout, zone: string): Promise<string> {
  const log = await readFile(layout.qemuLog(zone), 'utf8').catch(() => '')
  return log
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith(commentMark))
    .map((line) => line.replace(/^qemu-system-\w+: /, ''))
    .join('; ')
    .slice(-keptLogCharacters)
}

async function launch(args: readonly string[], log: string, signal?: AbortSignal): Promise<number | null> {
  // To be read by people; and where not even this can be written, QEMU could not tell what it lacks.
  await writeFile(log, `${commentMark}${qemuBinary} ${args.join(' ')}\n`, { mode: 0o600 })
  await using handle = await open(log, 'a')
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  const child = spawn(qemuBinary, args, {
    stdio: ['ignore', handle.fd, handle.fd],
    ...(signal === undefined ? {} : { signal }),
    timeout: startTimeoutMs,
  })
  child.once('error', (error: NodeJS.ErrnoException) =>
    reject(signal?.aborted ? signal.reason : startError(error)),
  )
  child.once('exit', resolve)
  return await promise
}

function startError(error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error
  return new ZoneError(`Cannot run "${qemuBinary}": it is not installed`, {
    code: 'QEMU_MISSING',
    remedy: 'apt install qemu-system-x86',
    cause: error,
  })
}

/**
 * Starts QEMU. It returns when the machine is set up and stopped before its first instruction.
 *
 * @throws ZoneError QEMU_FAILED with QEMU's words, QEMU_MISSING; nothing is left running then
 */
export async function startQemu(
  layout: HostLayout,
  zone: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<QemuProcess> {
  await mkdir(layout.runFolder, { recursive: true })
  await mkdir(dirname(layout.qemuLog(zone)), { recursive: true })
  await requireNone(layout, zone)
  await removeRuntimeFiles(layout, zone)
  try {
    const code = await launch(args, layout.qemuLog(zone), signal)
    const started = code === 0 ? await adoptQemu(layout, zone, signal) : undefined
    if (started !== undefined) return started
    const words =
      (await qemuWords(layout, zone)) || (code === null ? 'it was killed' : `it ended with exit code ${code}`)
    throw new ZoneError(`QEMU did not start: ${words}`, {
      code: 'QEMU_FAILED',
      remedy: `Its messages are in ${layout.qemuLog(zone)}`,
    })
  } catch (error) {
    const left = await runningIdentity(layout, zone)
    if (left !== undefined) await killProcess(left)
    await removeRuntimeFiles(layout, zone)
    throw error
  }
}

/** Two machines on the same disks would destroy them. */
async function requireNone(layout: HostLayout, zone: string): Promise<void> {
  const running = await runningIdentity(layout, zone)
  if (running === undefined) return
  throw new ZoneError(`zone '${zone}': process ${running.pid} runs it already`, {
    code: 'ALREADY_RUNS',
    remedy: 'Start zonesd again, which takes it over: zonesd stop; zoneadm list -cv',
  })
}

/** The links that a QEMU was given, by its command line. */
export async function linksOf(pid: number): Promise<string[]> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  return words.flatMap((word) => /^tap,ifname=([^,]+)/.exec(word)?.[1] ?? [])
}

/** Finds a QEMU that an earlier zonesd started; undefined if it has ended. */
export async function adoptQemu(
  layout: HostLayout,
  zone: string,
  signal?: AbortSignal,
): Promise<QemuProcess | undefined> {
  const identity = await runningIdentity(layout, zone)
  if (identity === undefined) return undefined
  const transport = await connectUnixTransport(layout.qmpSocket(zone), signal === undefined ? {} : { signal })
  return { identity, qmp: await QmpConnection.open(transport, signal === undefined ? {} : { signal }) }
}

/** The zone's QEMU by its pid file, checked against reuse of the number. */
export async function runningIdentity(
  layout: HostLayout,
  zone: string,
): Promise<ProcessIdentity | undefined> {
  const pid = Number(await readFile(layout.qemuPidFile(zone), 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (!commandLine.split('\0').includes(layout.qemuPidFile(zone))) return undefined
  return processIdentity(pid)
}

/** Ends QEMU for certain: by its own command, and if it does not answer, by SIGKILL. */
export async function endQemu({ identity, qmp }: QemuProcess): Promise<void> {
  const gone = async () => ((await isAlive(identity)) ? undefined : true)
  const obeys = await qmp.execute('quit', {}, { timeoutMs: quitTimeoutMs }).then(
    () => true,
    () => false,
  )
  if (!obeys || (await retryUntil(gone, { timeoutMs: quitTimeoutMs, intervalMs: 5 })) === undefined) {
    await killProcess(identity)
    await retryUntil(gone, { timeoutMs: quitTimeoutMs, intervalMs: 10 })
  }
  await qmp[Symbol.asyncDispose]()
}

async function killProcess(identity: ProcessIdentity): Promise<void> {
  if (await isAlive(identity)) process.kill(identity.pid, 'SIGKILL')
}

/** Removes sockets and pid file of a QEMU that has ended. */
export async function removeRuntimeFiles(layout: HostLayout, zone: string): Promise<void> {
  const files = [layout.qmpSocket(zone), layout.consoleSocket(zone), layout.qemuPidFile(zone)]
  await Promise.all(files.map((file) => rm(file, { force: true })))
}
