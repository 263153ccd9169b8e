import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Daemon } from './daemon.ts'
import { cleanEnvironment, run } from './run.ts'

export interface NfsServerOptions {
  /** Of the lab, if there is one. */
  readonly label?: string
  /** Folder of this server alone. */
  readonly folder: string
  readonly address: string
  /** Put before each command, to run it in the server's namespace. It has to be one: port mappers do not share. */
  readonly prefix: readonly string[]
}

/**
 * Shared storage: rpcbind and nfs-ganesha (NFS versions 3 and 4, kept in a folder) in a network namespace, with a `/run`
 * of their own. Needs root.
 */
export class NfsServer {
  readonly address: string
  /** What is exported, to everybody and for writing; the same path as on this machine. */
  readonly share: string
  readonly #folder: string
  readonly #prefix: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  #daemon: Daemon | undefined

  constructor({ label, folder, address, prefix }: NfsServerOptions) {
    this.address = address
    this.share = join(folder, 'share')
    this.#folder = folder
    this.#prefix = prefix
    this.#env = { ...cleanEnvironment(), ...(label === undefined ? {} : { KZ_LAB: label }) }
  }

  /** Starts the server; what is on the share stays from one start to the next. */
  async start(): Promise<void> {
    await mkdir(this.share, { recursive: true })
    // Owners are checked on the share, not on the way to it.
    await chmod(this.share, 0o777)
    const [config, log] = [join(this.#folder, 'ganesha.conf'), join(this.#folder, 'ganesha.log')]
    await writeFile(config, ganeshaConfig(this.share))
    const script = [
      'mount -t tmpfs tmpfs /run && mkdir /run/rpcbind /run/ganesha && rpcbind',
      `exec ganesha.nfsd -F -f '${config}' -L '${log}' -p /run/ganesha.pid`,
    ].join(' && ')
    // If the shell ends, all ends with it: its process namespace.
    const shell = [
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      script,
    ]
    const daemon = new Daemon([...this.#prefix, ...shell], this.#env)
    this.#daemon = daemon
    await daemon
      .ready(() => this.#serves())
      .catch(async (error: unknown) => {
        await this.stop()
        throw error
      })
  }

  /** Ends the server at once, as a crash of the storage would; the files stay. */
  async stop(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]()
    this.#daemon = undefined
    // The kernel ends the rest of its processes a moment later.
    while (await this.#serves()) await sleep(10)
  }

  /** The storage URI of a file on the share. */
  suri(name: string, owner = ''): string {
    const host = this.address.includes(':') ? `[${this.address}]` : this.address
    return `nfs://${owner === '' ? '' : `${owner}@`}${host}${this.share}/${name}`
  }

  async #serves(): Promise<boolean> {
    const transport = this.address.includes(':') ? 'tcp6' : 'tcp'
    const question = ['rpcinfo', '-T', transport, this.address, 'nfs', '3']
    return (await run([...this.#prefix, ...question], this.#env)).code === 0
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

function ganeshaConfig(share: string): string {
  return `NFS_CORE_PARAM { Protocols = 3, 4; Enable_NLM = false; Enable_RQUOTA = false; }
NFSV4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = /run/ganesha; }
LOG { Default_Log_Level = EVENT; }
EXPORT_DEFAULTS { Access_Type = RW; Squash = No_Root_Squash; SecType = sys; }
EXPORT { Export_Id = 1; Path = ${share}; Pseudo = /share; FSAL { Name = VFS; } }
`
}
