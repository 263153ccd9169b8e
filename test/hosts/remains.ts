import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labelOf } from './label.ts'
import { allProcesses, inode } from './processes.ts'

const namespaceFolder = '/run/netns'
const killTimeoutMs = 5_000

/** What exists on this machine under a label. */
export interface Remains {
  readonly pids: readonly number[]
  readonly mounts: readonly string[]
  readonly namespaces: readonly string[]
  readonly folders: readonly string[]
}

/** The folder of a lab. Short, since paths of unix sockets end at 107 bytes. */
export function labFolder(label: string): string {
  return join(tmpdir(), label)
}

/** Everything that carries the label. Processes are found by namespace, environment or command line. */
export function remains(label: string): Remains {
  const isOurs = (name: string) => labelOf(name) === label
  const namespaces = list(namespaceFolder).filter(isOurs)
  const inodes = new Set(namespaces.map((name) => inode(join(namespaceFolder, name))))
  const pids = allProcesses()
    .filter(({ pid }) => pid !== process.pid)
    .filter(
      ({ networkInode, environment, commandLine }) =>
        (networkInode !== undefined && inodes.has(networkInode)) ||
        environment.includes(`KZ_LAB=${label}`) ||
        commandLine.some((word) => word.includes(`${labFolder(label)}/`)),
    )
    .map(({ pid }) => pid)
  const folders = list(tmpdir()).filter(isOurs)
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${labFolder(label)}/`))
  return { pids, mounts, namespaces, folders }
}

/** `remains()` as lines for a person; empty if nothing is left. */
export function describeRemains({ pids, mounts, namespaces, folders }: Remains): string[] {
  return [
    ...pids.map((pid) => `process ${pid}: ${commandLineOf(pid)}`),
    ...mounts.map((path) => `mount ${path}`),
    ...namespaces.map((name) => `namespace ${name}`),
    ...folders.map((name) => `folder ${join(tmpdir(), name)}`),
  ]
}

/**
 * Kills and removes everything that carries the label, and returns what could not be removed. It waits for nothing
 * but the kernel and is synchronous, so that it can run while the process exits.
 */
export function removeRemains(label: string): string[] {
  const deadline = performance.now() + killTimeoutMs
  let { pids } = remains(label)
  while (pids.length > 0 && performance.now() < deadline) {
    for (const pid of pids) kill(pid)
    sleepSync(5)
    // Again from the start: a process may have forked while it was being killed.
    pids = remains(label).pids
  }
  const { mounts, namespaces } = remains(label)
  for (const path of mounts.toReversed()) spawnSync('umount', ['--lazy', path])
  const deletions = namespaces.map((name) => `netns delete ${name}\n`).join('')
  if (namespaces.length > 0) spawnSync('ip', ['-force', '-batch', '-'], { input: deletions })
  rmSync(labFolder(label), { recursive: true, force: true })
  return describeRemains(remains(label))
}

/** The labels that something on this machine carries which this user may remove. */
export function presentLabels(): string[] {
  const uid = process.getuid?.()
  const isOurs = (path: string) => uid === 0 || statSync(path, { throwIfNoEntry: false })?.uid === uid
  const variables = allProcesses().flatMap(({ environment }) => environment)
  const names = [
    ...list(namespaceFolder).filter(() => uid === 0),
    ...list(tmpdir()).filter((name) => labelOf(name) !== undefined && isOurs(join(tmpdir(), name))),
    ...variables.filter((text) => text.startsWith('KZ_LAB=')).map((text) => text.slice('KZ_LAB='.length)),
  ]
  return [...new Set(names.flatMap((name) => labelOf(name) ?? []))]
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function sleepSync(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs)
}

function commandLineOf(pid: number): string {
  return (
    allProcesses()
      .find((facts) => facts.pid === pid)
      ?.commandLine.join(' ') ?? ''
  )
}
