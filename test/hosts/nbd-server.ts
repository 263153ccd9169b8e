import { randomBytes } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Daemon } from './daemon.ts'
import { cleanEnvironment, run, runChecked } from './run.ts'

export interface NbdServerOptions {
  readonly label?: string
  /** Folder of this server alone. */
  readonly folder: string
  readonly address: string
  readonly port: number
  readonly prefix: readonly string[]
  readonly sizeBytes: number
  /** How the server and its clients know each other; undefined: not at all, and in plain text. */
  readonly tls?: 'psk' | 'x509'
  readonly readOnly?: boolean
}

/** Shared storage: qemu-nbd with one export of zeros, to any number of clients. */
export class NbdServer {
  readonly suri: string
  readonly backingFile: string
  /** The folder that a client needs as its credentials for this server. */
  readonly clientFolder: string
  readonly #options: NbdServerOptions
  readonly #env: Readonly<Record<string, string>>
  #daemon: Daemon | undefined

  constructor(options: NbdServerOptions) {
    const { label, folder, address, port, tls } = options
    this.#options = options
    const host = address.includes(':') ? `[${address}]` : address
    this.suri = `${tls === undefined ? 'nbd' : 'nbds'}://${host}:${port}/web1`
    this.backingFile = join(folder, 'web1.raw')
    this.clientFolder = join(folder, 'client')
    this.#env = { ...cleanEnvironment(), ...(label === undefined ? {} : { KZ_LAB: label }) }
  }

  async start(): Promise<void> {
    const { folder, address, port, prefix, sizeBytes, tls, readOnly } = this.#options
    const serverFolder = join(folder, 'server')
    for (const each of [serverFolder, this.clientFolder]) await mkdir(each, { recursive: true })
    {
      await using file = await open(this.backingFile, 'a')
      await file.truncate(sizeBytes)
    }
    if (tls === 'psk') await this.#shareKey(serverFolder)
    if (tls === 'x509') await this.#certify(serverFolder, address)
    const object = `tls-creds-${tls},id=tls,dir=${serverFolder},endpoint=server${tls === 'x509' ? ',verify-peer=on' : ''}`
    const security = tls === undefined ? [] : ['--object', object, '--tls-creds', 'tls']
    const place = [
      '--bind',
      address,
      '--port',
      `${port}`,
      '--export-name',
      'web1',
      ...(readOnly === true ? ['--read-only'] : []),
    ]
    const program = [
      'qemu-nbd',
      ...security,
      ...place,
      '--persistent',
      '--shared=0',
      '--format=raw',
      this.backingFile,
    ]
    const daemon = new Daemon([...prefix, ...program], this.#env)
    this.#daemon = daemon
    await daemon.ready(
      async () => (await run([...prefix, 'ss', '-Hltn', `sport = :${port}`], this.#env)).stdout !== '',
    )
  }

  async stop(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]()
    this.#daemon = undefined
  }

  async #shareKey(serverFolder: string): Promise<void> {
    const keys = `zones:${randomBytes(32).toString('hex')}\n`
    for (const each of [serverFolder, this.clientFolder]) {
      await writeFile(join(each, 'keys.psk'), keys, { mode: 0o600 })
    }
  }

  /** An authority, and a certificate of it for either end. */
  async #certify(serverFolder: string, address: string): Promise<void> {
    const { folder } = this.#options
    const authority = [join(folder, 'ca-key.pem'), join(folder, 'ca-cert.pem')] as const
    const days = ['-days', '2', '-nodes', '-newkey', 'rsa:2048']
    await runChecked([
      'openssl',
      'req',
      '-x509',
      ...days,
      '-subj',
      '/CN=authority',
      '-keyout',
      authority[0],
      '-out',
      authority[1],
    ])
    for (const [end, into] of [
      ['server', serverFolder],
      ['client', this.clientFolder],
    ] as const) {
      const [key, certificate] = [join(into, `${end}-key.pem`), join(into, `${end}-cert.pem`)]
      const names = [
        '-addext',
        `subjectAltName=IP:${address}`,
        '-addext',
        'basicConstraints=critical,CA:FALSE',
      ]
      const signer = ['-CA', authority[1], '-CAkey', authority[0]]
      const request = ['openssl', 'req', '-x509', ...days, '-subj', `/CN=${end}`, ...names, ...signer]
      await runChecked([...request, '-keyout', key, '-out', certificate])
      await runChecked(['cp', authority[1], join(into, 'ca-cert.pem')])
      await runChecked(['chmod', '600', key])
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
