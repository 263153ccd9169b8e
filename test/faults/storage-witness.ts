import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { IscsiServer } from '../hosts/iscsi-server.ts'
import { cleanEnvironment, start } from '../hosts/run.ts'
import type { WitnessEvent, Write } from './witness-event.ts'

/** A write as it was told, and what became of it. */
export interface WitnessedWrite extends Write {
  isConfirmed: boolean
  /** When it was heard of, on the clock of `performance.now()`. */
  readonly atMs: number
}

/** What stands between the hosts and their storage, and sees who writes. */
export class StorageWitness implements AsyncDisposable {
  readonly port = 3259
  readonly writes: WitnessedWrite[] = []
  readonly #child: ChildProcess
  readonly #byId = new Map<number, WitnessedWrite>()
  readonly #ended: Promise<unknown>
  #state: WitnessEvent['kind'] | undefined
  #changed = Promise.withResolvers<void>()

  constructor(storage: IscsiServer, label: string) {
    const program = join(import.meta.dirname, 'storage-witness-main.ts')
    const words = [storage.address, `${this.port}`, `${storage.port}`]
    const env = { ...cleanEnvironment(), KZ_LAB: label }
    this.#child = start([...storage.prefix, process.execPath, program, ...words], env, {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#ended = once(this.#child, 'exit')
    if (this.#child.stdout === null) throw new Error('the witness has no output')
    createInterface(this.#child.stdout).on('line', (line) => this.#heard(JSON.parse(line) as WitnessEvent))
  }

  ready(): Promise<void> {
    return this.#until('ready')
  }

  /**
   * Takes the storage away: connections are reset, and new ones too.
   *
   * @param host address of the host from which it is taken; all, if not given
   */
  async cut(host?: string): Promise<void> {
    this.#child.stdin?.write(`cut ${host ?? ''}\n`)
    await this.#until('cut')
  }

  async heal(): Promise<void> {
    this.#child.stdin?.write('heal\n')
    await this.#until('healed')
  }

  /**
   * Waits for a confirmed write that begins after now.
   *
   * @param host address of the host that has to have written it; any, if not given
   * @throws the signal's reason
   */
  async writesAgain(signal: AbortSignal, host?: string): Promise<WitnessedWrite> {
    const from = this.writes.length
    const found = () =>
      this.writes
        .slice(from)
        .find((write) => write.isConfirmed && (host === undefined || write.host === host))
    for (;;) {
      const write = found()
      if (write !== undefined) return write
      await this.#next(signal)
    }
  }

  async #until(state: WitnessEvent['kind']): Promise<void> {
    const signal = AbortSignal.timeout(10_000)
    while (this.#state !== state) await this.#next(signal)
  }

  #next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, reject } = Promise.withResolvers<never>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    return Promise.race([this.#changed.promise, promise]).finally(() =>
      signal.removeEventListener('abort', onAbort),
    )
  }

  #heard(event: WitnessEvent): void {
    if (event.kind === 'write') {
      const { kind: _, ...write } = event
      const witnessed = { ...write, isConfirmed: false, atMs: performance.now() }
      this.writes.push(witnessed)
      this.#byId.set(write.id, witnessed)
    } else if (event.kind === 'confirmed') {
      const write = this.#byId.get(event.id)
      if (write !== undefined) write.isConfirmed = true
      this.#byId.delete(event.id)
    } else this.#state = event.kind
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}
