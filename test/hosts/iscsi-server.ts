import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Daemon } from './daemon.ts'
import { cleanEnvironment, run } from './run.ts'

export interface Lun {
  readonly name: string
  readonly iqn: string
  /** Storage URI as kzone writes it: `iscsi://ADDRESS:PORT/target.IQN,lun.1`. */
  readonly suri: string
  /** The same as QEMU writes it: `iscsi://ADDRESS:PORT/IQN/1`. */
  readonly qemuUrl: string
  /** What the server keeps the blocks in. */
  readonly backingFile: string
  /** Whom the target lets in; undefined: everybody. */
  readonly chap: Chap | undefined
}

/** Name and secret of an initiator; the secret has 12 to 16 characters. */
export interface Chap {
  readonly user: string
  readonly secret: string
}

export interface IscsiServerOptions {
  readonly label: string
  /** Folder of this server alone. */
  readonly folder: string
  readonly address: string
  readonly port: number
  /** Put before each command, to run it in the server's namespace. */
  readonly prefix: readonly string[]
}

/** Shared storage: the iSCSI target daemon of the package tgt, with as many logical units as a test wants. */
export class IscsiServer {
  readonly address: string
  readonly port: number
  readonly prefix: readonly string[]
  readonly #folder: string
  readonly #env: Readonly<Record<string, string>>
  readonly #luns = new Map<number, Lun>()
  #lastTarget = 0
  #daemon: Daemon | undefined

  constructor({ label, folder, address, port, prefix }: IscsiServerOptions) {
    this.address = address
    this.port = port
    this.prefix = prefix
    this.#folder = folder
    // Without a control socket of its own each tgtadm on the machine would talk to the first tgtd.
    this.#env = { ...cleanEnvironment(), KZ_LAB: label, TGT_IPC_SOCKET: join(folder, 'control') }
  }

  /** Starts the server, with the logical units that were made before. */
  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const portal = `portal=${this.address.includes(':') ? `[${this.address}]` : this.address}:${this.port}`
    const daemon = new Daemon([...this.prefix, 'tgtd', '-f', '--iscsi', portal], this.#env)
    this.#daemon = daemon
    await daemon.ready(async () => (await this.#tgtadm(['sys', 'show'])).code === 0)
    for (const [target, lun] of this.#luns) await this.#publish(target, lun)
  }

  /** Ends the server at once, as a crash of the storage would; the blocks stay. */
  async stop(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]()
    this.#daemon = undefined
    await Promise.all(
      ['control.0', 'control.0.lock'].map((name) => rm(join(this.#folder, name), { force: true })),
    )
  }

  /** Makes a logical unit of zeros that every initiator may open, or every one that knows the secret. */
  async createLun({
    name,
    sizeBytes,
    chap,
  }: {
    readonly name: string
    readonly sizeBytes: number
    readonly chap?: Chap
  }): Promise<Lun> {
    const iqn = `iqn.2026-11.example.kzone:${name}`
    const backingFile = join(this.#folder, `${name}.raw`)
    await using file = await open(backingFile, 'wx')
    await file.truncate(sizeBytes)
    const portal = `iscsi://${this.address.includes(':') ? `[${this.address}]` : this.address}:${this.port}`
    const lun = {
      name,
      iqn,
      backingFile,
      chap,
      suri: `${portal}/target.${iqn},lun.1`,
      qemuUrl: `${portal}/${iqn}/1`,
    }
    this.#lastTarget += 1
    await this.#publish(this.#lastTarget, lun)
    this.#luns.set(this.#lastTarget, lun)
    return lun
  }

  /** From now on nobody writes to it. */
  async protectLun(lun: Lun): Promise<void> {
    for (const [target, { iqn }] of this.#luns) {
      if (iqn !== lun.iqn) continue
      await this.#checked([
        'logicalunit',
        'update',
        '--tid',
        `${target}`,
        '--lun',
        '1',
        '--params',
        'readonly=1',
      ])
    }
  }

  /** Takes a logical unit away, under whoever uses it, and deletes its blocks. */
  async removeLun(lun: Lun): Promise<void> {
    for (const [target, { iqn }] of this.#luns) {
      if (iqn !== lun.iqn) continue
      await this.#checked(['target', 'delete', '--force', '--tid', `${target}`])
      this.#luns.delete(target)
    }
    await rm(lun.backingFile, { force: true })
  }

  async #publish(target: number, { iqn, backingFile, chap }: Lun): Promise<void> {
    const tid = ['--tid', `${target}`]
    await this.#checked(['target', 'new', ...tid, '--targetname', iqn])
    await this.#checked(['logicalunit', 'new', ...tid, '--lun', '1', '--backing-store', backingFile])
    await this.#checked(['target', 'bind', ...tid, '--initiator-address', 'ALL'])
    if (chap === undefined) return
    // It may be there from another target.
    await this.#tgtadm(['account', 'new', '--user', chap.user, '--password', chap.secret])
    await this.#checked(['account', 'bind', ...tid, '--user', chap.user])
  }

  async #checked(words: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#tgtadm(words)
    if (code !== 0) throw new Error(`tgtadm ${words.join(' ')} ended with ${code}: ${stderr.trim()}`)
  }

  #tgtadm([mode = '', op = '', ...rest]: readonly string[]) {
    return run(['tgtadm', '--lld', 'iscsi', '--mode', mode, '--op', op, ...rest], this.#env)
  }
}
