import type { Output } from './io.ts'

const redrawIntervalMs = 100
const clearLine = '\r\u001b[K'

/** One line at the bottom of a terminal that is drawn over and over; on anything else it is not drawn. */
export class StatusLine implements Disposable {
  readonly #stream: Output
  readonly #now: () => number
  #shown: string | undefined
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(stream: Output, now: () => number = () => performance.now()) {
    this.#stream = stream
    this.#now = now
  }

  /** @param render makes the text for so many columns; not called when the line was drawn a moment ago */
  update(render: (columns: number) => string): void {
    if (this.#stream.isTTY !== true || this.#now() - this.#drawnAt < redrawIntervalMs) return
    this.#drawnAt = this.#now()
    // A full last column would wrap the line on some terminals.
    this.#shown = render((this.#stream.columns ?? 80) - 1)
    this.#stream.write(clearLine + this.#shown)
  }

  /** Prints above the status line. */
  print(text: string): void {
    const shown = this.#shown
    this.clear()
    this.#stream.write(`${text}\n`)
    if (shown === undefined) return
    this.#shown = shown
    this.#stream.write(shown)
  }

  clear(): void {
    if (this.#shown !== undefined) this.#stream.write(clearLine)
    this.#shown = undefined
  }

  [Symbol.dispose](): void {
    this.clear()
  }
}
