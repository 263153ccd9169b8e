import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestHost } from '../hosts/test-host.ts'

/** Where a host looks for the points at which it has to stop (`src/util/test-hold.ts`), in its folder. */
export const holdFolder = (hostFolder: string) => join(hostFolder, 'holds')

const pollMs = 5

/** The points at which one host's zonesd is to stop. */
export class Holds {
  readonly #folder: string

  constructor(host: TestHost) {
    this.#folder = holdFolder(dirname(host.root))
  }

  /** Who comes to the point from now on stops there. */
  async set(point: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await rm(join(this.#folder, `${point}.held`), { force: true })
    await writeFile(join(this.#folder, point), '')
  }

  isHeld(point: string): boolean {
    return existsSync(join(this.#folder, `${point}.held`))
  }

  /** @throws the signal's reason, if nobody comes there */
  async held(point: string, signal: AbortSignal): Promise<void> {
    while (!this.isHeld(point)) await sleep(pollMs, undefined, { signal })
  }

  /** Lets go on who stands at the point, and nobody stops there any more. */
  async pass(point: string): Promise<void> {
    await rm(join(this.#folder, point), { force: true })
  }

  /** Lets go on whoever stands anywhere. */
  async release(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}
