/** What a transport tells its connection. Neither function throws. */
export interface QmpTransportHandlers {
  /** One line of the peer, without its line feed. */
  readonly onMessage: (line: string) => void
  /** Called once, when nothing can arrive any more; the reason is what a person should read. */
  readonly onClose: (reason: Error) => void
}

/** The seam below a `QmpConnection`: lines of text to and from one QEMU. */
export interface QmpTransport {
  /** What is at the other end, for messages: `QMP socket "/run/zones/web1.qmp"`. */
  readonly name: string
  /** Called once; lines that came before it are kept until then, so that no greeting is lost. */
  start(handlers: QmpTransportHandlers): void
  /** Sends one line; never throws, a failure arrives at `onClose`. */
  send(line: string): void
  /** Gives up the other end; resolves when everything held for it is free. May be called twice; never rejects. */
  close(): Promise<void>
}
