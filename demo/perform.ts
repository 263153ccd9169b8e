import { access } from 'node:fs/promises'
import { Exit } from '../src/errors.ts'
import { ensureGuest } from '../test/guest/ensure-guest.ts'
import { demonstrate } from './demonstration.ts'
import type { Narrator } from './narrator.ts'
import { createStage, type Stage } from './stage.ts'
import { summarize } from './summary.ts'

export interface PerformOptions {
  readonly signal: AbortSignal
  /** Called if all held, before the removal; the hosts live until it resolves. */
  readonly keep?: (stage: Stage) => Promise<void>
}

/**
 * The whole demonstration, from making the hosts to their removal.
 * @returns the exit code: 0 only if all held and nothing is left
 */
export async function perform(narrator: Narrator, { signal, keep }: PerformOptions): Promise<number> {
  let stage: Stage | undefined
  let hasHeld = false
  let startedAtMs = performance.now()
  try {
    const isFirstTime = await access('.cache/guest/kernel').catch(() => true)
    if (isFirstTime) narrator.note("Getting a kernel for the guest: Debian's linux-image-cloud-amd64 …")
    const guest = await ensureGuest()
    signal.throwIfAborted()

    startedAtMs = performance.now()
    narrator.title('kzone: a running virtual machine moves from one host to another')
    narrator.step('Two hosts on this machine, alpha and beta, and a storage server')
    stage = await createStage(signal)
    describe(narrator, stage)
    hasHeld = summarize(narrator, await demonstrate(narrator, stage, guest, signal))
    if (hasHeld && keep !== undefined) await keep(stage)
  } catch (error) {
    if (!signal.aborted) narrator.verdict(`Failed: ${(error as Error).message}`, false)
  } finally {
    await dispose(stage)
  }
  const isClean = stage === undefined || showRemoval(narrator, stage.leaks())
  if (signal.aborted) {
    narrator.verdict('Interrupted.', false)
    return Exit.interrupted
  }
  const isGood = hasHeld && isClean
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0)
  narrator.verdict(isGood ? `All of it held, in ${seconds} s.` : `Not all of it held (${seconds} s).`, isGood)
  if (isGood) narrator.plain('Try it yourself: "npm start -- --keep" leaves the two hosts up for you.')
  return isGood ? Exit.ok : Exit.failed
}

async function dispose(stage: Stage | undefined): Promise<void> {
  try {
    await stage?.[Symbol.asyncDispose]()
  } catch {
    // Something could not be removed: leaks() says what.
  }
}

function showRemoval(narrator: Narrator, left: readonly string[]): boolean {
  if (left.length === 0) {
    narrator.result('Removed', 'hosts, storage and zone: no process, namespace or file is left', true)
  } else {
    narrator.result('Left over', left.join('; '), false)
  }
  return left.length === 0
}

function describe(narrator: Narrator, { alpha, beta, storage, network }: Stage): void {
  narrator.note(`alpha is ${alpha.address}, beta ${beta.address}: each has its own sshd, zonesd and files.`)
  narrator.note(`iSCSI storage for both is at ${storage.address}.`)
  if (network === undefined) {
    narrator.note('You are not root, so the hosts are loopback addresses, and the guest has the')
    narrator.note('user-mode network of QEMU. That leaves out bridges and whoever watches from')
    narrator.note('outside: no pings, no connection to the guest, only the counter on its disk.')
  } else {
    narrator.note(
      `They are network namespaces; from one more, ${network.observer.address}, an observer watches.`,
    )
  }
}
