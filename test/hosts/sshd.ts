import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Daemon } from './daemon.ts'
import { cleanEnvironment } from './run.ts'

export interface SshdOptions {
  /** Put before the command, to run it in a host's namespace. */
  readonly prefix: readonly string[]
  readonly folder: string
  readonly address: string
  readonly port: number
  readonly hostKey: string
  readonly authorizedKeys: string
  /** What a session finds in its environment; values without blanks. */
  readonly sessionEnvironment: Readonly<Record<string, string>>
}

/**
 * Starts OpenSSH's server for one host, which lets in only this user, only by the lab's key.
 * @throws Error with what sshd said, if it does not come up
 */
export async function startSshd(options: SshdOptions): Promise<Daemon> {
  const { prefix, folder, address, port, hostKey, authorizedKeys, sessionEnvironment } = options
  const isRoot = process.getuid?.() === 0
  // sshd as root demands this folder, which only a service manager would have made.
  if (isRoot) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  // A shell that thinks it is the first one of a session reads the files of this user, which may do anything.
  const environment = { ...sessionEnvironment, SHLVL: '2' }
  const pairs = Object.entries(environment).map(([name, value]) => `"${name}=${value}"`)
  const lines = [
    `ListenAddress ${address}`,
    `Port ${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${authorizedKeys}`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    // The keys lie below a folder for temporary files, which everybody may write.
    'StrictModes no',
    `UsePAM ${isRoot && (await isRootLocked()) ? 'yes' : 'no'}`,
    'UseDNS no',
    'PrintMotd no',
    'PrintLastLog no',
    'PidFile none',
    'MaxStartups 100:30:200',
    'MaxSessions 100',
    `SetEnv ${pairs.join(' ')}`,
  ]
  const config = join(folder, 'sshd_config')
  await writeFile(config, `${lines.join('\n')}\n`)
  const sshd = new Daemon([...prefix, '/usr/sbin/sshd', '-D', '-e', '-f', config], cleanEnvironment())
  await sshd.ready(() => sshd.log.includes('Server listening on'))
  return sshd
}

/** Without PAM sshd refuses an account whose password is locked, even if it comes with a key. */
async function isRootLocked(): Promise<boolean> {
  return /^root:!/m.test(await readFile('/etc/shadow', 'utf8').catch(() => ''))
}
