import { mkdirSync } from 'node:fs'
import { guard } from './guard.ts'
import { newLabel } from './label.ts'
import { describeRemains, labFolder, remains, removeRemains } from './remains.ts'
import { sweep } from './sweeper.ts'

/** What a lab is called and where its files are, from its beginning to its guaranteed end. */
export class LabLife implements Disposable {
  readonly label = newLabel()
  readonly folder = labFolder(this.label)
  readonly #release: () => void

  /** Removes what crashed runs left, and makes the folder. */
  constructor() {
    sweep()
    this.#release = guard(() => removeRemains(this.label))
    mkdirSync(this.folder, { mode: 0o755 })
  }

  /** What exists under the label, in words. */
  leaks(): string[] {
    return describeRemains(remains(this.label))
  }

  /** @throws Error if something could not be removed */
  [Symbol.dispose](): void {
    this.#release()
    const left = removeRemains(this.label)
    if (left.length > 0) throw new Error(`Left behind: ${left.join(', ')}`)
  }
}
