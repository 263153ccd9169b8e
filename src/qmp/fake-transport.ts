import type { QmpTransport, QmpTransportHandlers } from './transport.ts'

const greeting = {
  QMP: { version: { qemu: { major: 7, minor: 2, micro: 0 }, package: 'fake' }, capabilities: [] },
}

export interface SentCommand {
  readonly execute: string
  readonly arguments: unknown
  readonly id: number
}

/** A peer for tests that is played by hand: `say` what QEMU would, look at what was `sent`. */
export class FakeTransport implements QmpTransport {
  readonly name = 'fake QEMU'
  readonly sent: SentCommand[] = []
  isClosed = false
  #handlers: QmpTransportHandlers | undefined
  #onSend: (command: SentCommand) => void

  /** By default it answers `qmp_capabilities` and nothing else. */
  constructor(onSend?: (command: SentCommand, transport: FakeTransport) => void) {
    this.#onSend = (command) => {
      if (onSend !== undefined) onSend(command, this)
      else if (command.execute === 'qmp_capabilities') this.say({ return: {}, id: command.id })
    }
  }

  start(handlers: QmpTransportHandlers): void {
    this.#handlers = handlers
  }

  send(line: string): void {
    const command = JSON.parse(line) as SentCommand
    this.sent.push(command)
    this.#onSend(command)
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }

  greet(): this {
    queueMicrotask(() => this.say(greeting))
    return this
  }

  say(message: object): void {
    this.sayText(JSON.stringify(message))
  }

  sayText(line: string): void {
    this.#handlers?.onMessage(line)
  }

  event(name: string, data?: object): void {
    this.say({ event: name, timestamp: { seconds: 2, microseconds: 500_000 }, ...(data && { data }) })
  }

  /** Answers the last command sent of that name. */
  answer(command: string, value: unknown = {}): void {
    this.say({ return: value, id: this.sent.findLast(({ execute }) => execute === command)?.id })
  }

  hangUp(reason: string): void {
    this.#handlers?.onClose(new Error(reason))
  }
}
