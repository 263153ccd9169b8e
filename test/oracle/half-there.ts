import { Convergence, type Measure, type TransferState } from '../../src/migration/convergence.ts'

/** So fast the memory goes that may follow by post-copy: slow enough for a small guest to go on before all of it is there. */
export const postcopyBytesPerSecond = 16 * 1024 ** 2

/** Lets a guest go on at the target as soon as half of its memory is there, instead of waiting until nothing else helps. */
export class HalfThere extends Convergence {
  #mostBytes = 0
  #isOver = false

  override look({ remainingBytes }: TransferState): Measure | undefined {
    this.#mostBytes = Math.max(this.#mostBytes, remainingBytes)
    if (this.#isOver || remainingBytes > this.#mostBytes / 2) return undefined
    this.#isOver = true
    return { kind: 'post-copy' }
  }
}
