import type { ChildProcess } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Daemon } from './daemon.ts'
import { allProcesses } from './processes.ts'
import { createPrograms } from './programs.ts'
import { cleanEnvironment, type RunOptions, type RunResult, run, start } from './run.ts'
import type { SshKeys } from './ssh-config.ts'
import { startSshd } from './sshd.ts'

export interface TestHostOptions {
  readonly name: string
  readonly label: string
  /** Folder of this host alone. */
  readonly folder: string
  readonly address: string
  readonly sshPort: number
  readonly ssh: SshKeys
  /** Put before each command, to run it in the host's namespace; empty for a host without one. */
  readonly prefix: readonly string[]
  /** Further variables for all that runs on this host; values without blanks. */
  readonly environment?: Readonly<Record<string, string>>
}

/** One host: its own address, root folder (`KZ_ROOT`), sshd, and kzone's programs in PATH. */
export class TestHost {
  readonly name: string
  readonly address: string
  readonly sshPort: number
  /** The host's `KZ_ROOT`. */
  readonly root: string
  /** The whole environment of what runs on this host. */
  readonly env: Readonly<Record<string, string>>
  /** Put before a command to run it on this host. */
  readonly prefix: readonly string[]
  readonly #options: TestHostOptions
  #sshd: Daemon | undefined

  constructor(options: TestHostOptions) {
    const { name, label, folder, address, sshPort, ssh, prefix, environment = {} } = options
    this.#options = options
    this.name = name
    this.address = address
    this.sshPort = sshPort
    this.root = join(folder, 'root')
    this.prefix = prefix
    this.env = {
      ...cleanEnvironment(),
      PATH: `${join(folder, 'bin')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      KZ_ROOT: this.root,
      KZ_HOSTNAME: this.name,
      KZ_SSH_CONFIG: ssh.config,
      KZ_LAB: label,
      ...environment,
    }
  }

  /** Makes the host's folders and starts its sshd. */
  async start(): Promise<void> {
    await mkdir(this.root, { recursive: true })
    await createPrograms(join(this.#options.folder, 'bin'))
    await this.startSshd()
  }

  /** Starts the host's sshd, at first or after it was ended. */
  async startSshd(): Promise<void> {
    const { folder, address, sshPort: port, ssh, prefix, name, environment = {} } = this.#options
    const { PATH = '', KZ_ROOT = '', KZ_HOSTNAME = '', KZ_SSH_CONFIG = '', KZ_LAB = '' } = this.env
    this.#sshd = await startSshd({
      prefix,
      folder,
      address,
      port,
      hostKey: ssh.hostKey(name),
      authorizedKeys: ssh.authorizedKeys,
      sessionEnvironment: { PATH, KZ_ROOT, KZ_HOSTNAME, KZ_SSH_CONFIG, KZ_LAB, ...environment },
    })
  }

  /** Runs a command on this host to its end. A failure is a result, not an exception. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return run([...this.prefix, ...argv], this.env, options)
  }

  /** Starts a command on this host; it is killed with the lab at the latest. */
  spawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return start([...this.prefix, ...argv], { ...this.env, ...env })
  }

  /** Ends sshd and the sessions that run in it, as if the host could no longer be reached by ssh. */
  async stopSshd(): Promise<void> {
    await this.#sshd?.[Symbol.asyncDispose]()
  }

  /** Process id of the host's zonesd; undefined if none runs. */
  async zonesdPid(): Promise<number | undefined> {
    const text = await readFile(join(this.root, 'run/zones/zonesd.pid'), 'utf8').catch(() => '')
    const pid = Number.parseInt(text, 10)
    return this.processes().includes(pid) ? pid : undefined
  }

  /** Starts zonesd if none runs: any command of zoneadm does. */
  async startZonesd(): Promise<void> {
    const { code, stderr } = await this.run(['zoneadm', 'list'])
    if (code !== 0) throw new Error(`zonesd does not start on ${this.name}: ${stderr.trim()}`)
  }

  /**
   * Sends a signal to zonesd, SIGKILL by default, and waits until it has ended.
   * @throws Error if no zonesd runs, or if it goes on
   */
  async killZonesd(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const pid = await this.zonesdPid()
    if (pid === undefined) throw new Error(`No zonesd runs on ${this.name}`)
    process.kill(pid, signal)
    const deadline = performance.now() + 10_000
    while (this.processes().includes(pid)) {
      if (performance.now() > deadline) throw new Error(`zonesd ${pid} on ${this.name} survived ${signal}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Ids of all processes of this host, daemons included; its sshd is one of them only in a namespace. */
  processes(): number[] {
    return allProcesses()
      .filter(({ environment }) => environment.includes(`KZ_ROOT=${this.root}`))
      .map(({ pid }) => pid)
  }
}
