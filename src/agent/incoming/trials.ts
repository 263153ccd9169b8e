import { join } from 'node:path'
import { listenForTrial, type TrialListener } from '../../migration/listen-for-trial.ts'
import type { PeerParams, PeerResult } from '../../migration/peer-api.ts'

/** No trial takes as long: what is still there then was forgotten. */
const trialLifeMs = 60_000

/** The trial streams that one conversation has asked for; they end with it. */
export class Trials implements AsyncDisposable {
  readonly #runFolder: string
  readonly #ended = new AbortController()
  readonly #listeners = new Map<string, Promise<TrialListener>>()

  /** @param runFolder where keys lie while they are needed */
  constructor(runFolder: string) {
    this.#runFolder = runFolder
  }

  /** @throws as `listenForTrial()`; nothing is left then */
  async listen(
    params: PeerParams<'peer/try'>,
    listenAddress: string,
    signal: AbortSignal,
  ): Promise<PeerResult<'peer/try'>> {
    const { trialId } = params
    // No zone's name starts with a period, so no zone's key can be in the way.
    const keyFolder = join(this.#runFolder, `.trial-${trialId}.key`)
    const end = AbortSignal.any([signal, this.#ended.signal])
    const listening = listenForTrial(params, listenAddress, keyFolder, end)
    this.#listeners.set(trialId, listening)
    setTimeout(() => void this.end(trialId), trialLifeMs).unref()
    return (await listening).address
  }

  /** Safe to call twice, and for a trial that never came to be. */
  async end(trialId: string): Promise<void> {
    const listening = this.#listeners.get(trialId)
    this.#listeners.delete(trialId)
    const listener = await listening?.catch(() => undefined)
    await listener?.[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await Promise.all([...this.#listeners.keys()].map((trialId) => this.end(trialId)))
  }
}
