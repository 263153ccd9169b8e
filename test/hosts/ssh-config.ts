import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { runChecked } from './run.ts'

export interface SshPeer {
  readonly name: string
  readonly address: string
  readonly port: number
}

export interface SshKeys {
  /** Configuration for `ssh -F`, in which each peer is known by its name and by its address. */
  readonly config: string
  /** Public keys that may log in. */
  readonly authorizedKeys: string
  /** Private host key of a peer. */
  hostKey(name: string): string
}

/**
 * Makes one client key for a lab, a host key for each peer, and the client's configuration. Nothing of the user's own
 * ssh set-up is read or written.
 */
export async function createSshKeys(folder: string, peers: readonly SshPeer[]): Promise<SshKeys> {
  await mkdir(folder, { mode: 0o700 })
  const hostKey = (name: string) => join(folder, `host-${name}`)
  const clientKey = join(folder, 'client')
  await Promise.all([clientKey, ...peers.map(({ name }) => hostKey(name))].map(generateKey))

  const knownHosts = join(folder, 'known_hosts')
  const publicKeys = peers.map(
    async ({ name }) => `${name} ${await readFile(`${hostKey(name)}.pub`, 'utf8')}`,
  )
  await writeFile(knownHosts, (await Promise.all(publicKeys)).join(''))

  const config = join(folder, 'config')
  const blocks = peers.map(
    ({ name, address, port }) =>
      `Host ${name} ${address}\n  HostName ${address}\n  Port ${port}\n  HostKeyAlias ${name}\n`,
  )
  const common = [
    'Host *',
    `User ${userInfo().username}`,
    `IdentityFile ${clientKey}`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${knownHosts}`,
    'GlobalKnownHostsFile none',
    'StrictHostKeyChecking yes',
    'BatchMode yes',
  ]
  await writeFile(config, `${blocks.join('')}${common.join('\n  ')}\n`)
  return { config, authorizedKeys: `${clientKey}.pub`, hostKey }
}

async function generateKey(path: string): Promise<void> {
  await runChecked(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'kzone-test', '-f', path])
}
