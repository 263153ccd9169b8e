import { ZoneError } from '../errors.ts'

/** Whether a host goes down with its zones: no other may begin to run on it then. */
export class GoingDown {
  #under = 0
  #hasEnded = false

  /**
   * No zone boots here while `end` ends those that run, and none comes from another host. If all have ended none comes
   * afterwards either, until zones boot here or zonesd is started again; if not, the host is as before.
   */
  async during<T extends { readonly failed: readonly unknown[] }>(end: () => Promise<T>): Promise<T> {
    this.#under += 1
    try {
      const outcome = await end()
      this.#hasEnded = outcome.failed.length === 0
      return outcome
    } finally {
      this.#under -= 1
    }
  }

  /** The zones are to boot with the host: it is up. */
  staysUp(): void {
    this.#hasEnded = false
  }

  /**
   * A zone boots here: the host stays up.
   *
   * @throws ZoneError GOING_DOWN
   */
  beforeBoot(zone: string): void {
    if (this.#under > 0) {
      throw new ZoneError(`zone '${zone}': is not booted, since this host goes down; it is as it was`, {
        code: 'GOING_DOWN',
        remedy: `When the host is up again, or stays up: zoneadm -z ${zone} boot`,
      })
    }
    this.staysUp()
  }

  /** Whether no zone can come here from another host. */
  get isUnderWay(): boolean {
    return this.#under > 0 || this.#hasEnded
  }

  /** @throws ZoneError GOING_DOWN */
  requireUp(): void {
    if (!this.isUnderWay) return
    throw new ZoneError('The target goes down; nothing was changed', {
      code: 'GOING_DOWN',
      remedy: 'Choose another target. If it stays up, on the target: zonesd boot-zones',
    })
  }
}
