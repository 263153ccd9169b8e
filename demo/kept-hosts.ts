import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasOwner } from '../test/hosts/label.ts'
import { describeRemains, remains, removeRemains } from '../test/hosts/remains.ts'
import type { TestHost } from '../test/hosts/test-host.ts'
import type { Stage } from './stage.ts'

/** Where a person finds the kept hosts: a script for each, and their label. */
export const keptFolder = '.cache/lab'
const labelFile = `${keptFolder}/label`
const removalTimeoutMs = 20_000

/** The label of the hosts that are kept now; undefined if there are none. */
export async function keptLabel(): Promise<string | undefined> {
  const label = await readFile(labelFile, 'utf8').catch(() => undefined)
  return label !== undefined && hasOwner(label) ? label : undefined
}

/** Writes the scripts with which a person works on the hosts. */
export async function writeKept(stage: Stage): Promise<void> {
  const { alpha, beta, network } = stage
  for (const host of [alpha, beta]) await writeScript(host.name, hostScript(host))
  if (network !== undefined) await writeScript('observer', `exec ${network.observer.prefix.join(' ')} "$@"\n`)
  await writeFile(labelFile, stage.label)
}

/**
 * Ends the process that owns the kept hosts, which removes them, and looks whether anything is left.
 * @returns what is left, in words; undefined if no hosts were kept
 * @throws Error if they belong to another user
 */
export async function removeKept(): Promise<string[] | undefined> {
  const label = await keptLabel()
  if (label !== undefined) {
    end(ownerOf(label))
    const deadline = performance.now() + removalTimeoutMs
    while (hasOwner(label) && performance.now() < deadline) await sleep(20)
    // An owner that does not end, or that was too slow, is helped.
    removeRemains(label)
  }
  await rm(keptFolder, { recursive: true, force: true })
  return label === undefined ? undefined : describeRemains(remains(label))
}

/** The second part of a label (test/hosts/label.ts). */
function ownerOf(label: string): number {
  return Number(label.split('-')[1])
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return
    throw new Error('The hosts belong to another user: remove them as that user', { cause: error })
  }
}

async function writeScript(name: string, text: string): Promise<void> {
  await writeFile(`${keptFolder}/${name}`, `#!/bin/sh\n${text}`, { mode: 0o755 })
}

/** Runs a command on the host, or a shell if none is given. */
function hostScript({ name, prefix, env }: TestHost): string {
  const names = ['PATH', 'KZ_ROOT', 'KZ_HOSTNAME', 'KZ_SSH_CONFIG', 'KZ_LAB']
  const exports = names.map((variable) => `export ${variable}='${env[variable] ?? ''}'\n`)
  const enter = prefix.length === 0 ? 'exec' : `exec ${prefix.join(' ')}`
  return `${exports.join('')}[ $# -gt 0 ] || set -- env PS1='${name}# ' sh\n${enter} "$@"\n`
}
