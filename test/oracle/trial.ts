import type { Report } from '../../src/compat/schema.ts'
import { cipherNames, tlsPriority } from '../../src/migration/cipher.ts'
import { newStreamKey } from '../../src/migration/stream-key.ts'
import type { MachineSpec } from '../../src/vm/schema.ts'
import { type Arrival, compareArrival, type Outcome } from './compare-arrival.ts'
import { faultsOf, lastReport } from './guest/report.ts'
import type { Stream } from './guest-on-host.ts'
import { judge } from './judge.ts'
import { HostError, type OracleHost } from './oracle-host.ts'
import type { OracleWorld } from './oracle-world.ts'
import type { Pair } from './pair.ts'
import { configText } from './zone-shape.ts'

export interface Reason {
  readonly rule: string
  readonly why: string
}

export interface Trial {
  readonly pair: Pair
  readonly verdict: 'pass' | 'refuse'
  /** The rules that refused it, and why. */
  readonly reasons: readonly Reason[]
  readonly outcome: Outcome
  /** What was seen, in words. */
  readonly words: readonly string[]
}

/** The guest of a pair does not even boot where it is to come from: nothing can be tried. */
export class NoGuestError extends Error {}

/** The check said yes, and it did not work. */
export const isMiss = ({ verdict, outcome }: Trial) => verdict === 'pass' && outcome !== 'works'

/**
 * Boots the zone of a pair, asks the check, and migrates the zone whatever the check says.
 *
 * @throws NoGuestError; Error if a host cannot be changed or put right again
 */
export async function tryPair(world: OracleWorld, pair: Pair): Promise<Trial> {
  const [source, target] = [world.sources[pair.from], world.targets[pair.to]]
  await using undo = new AsyncDisposableStack()
  await world.freshDisks()
  const text = configText(pair.zone, world.uriOf)
  undo.defer(() => source.call('end', undefined).then(() => undefined))
  const { spec, before } = await bootSource(source, text)
  for (const { make, unmake } of pair.targetChanges) {
    await target.call('run', { commands: make })
    undo.defer(() => target.call('run', { commands: unmake }).then(() => undefined))
  }
  const targetText = pair.targetZone && configText(pair.targetZone, world.uriOf)
  const { report } = await judge({
    source,
    target,
    spec,
    configText: text,
    targetText,
    encrypt: pair.encrypt,
    cipher: pair.cipher,
    neighbourMac: pair.neighbourMac,
  })
  undo.defer(() => target.call('end', undefined).then(() => undefined))
  const arrival = await migrate({
    source,
    target,
    spec,
    text,
    targetText,
    before,
    stream: streamOf(pair),
  })
  return { pair, verdict: report.verdict, reasons: reasonsOf(report), ...arrival }
}

function reasonsOf({ findings }: Report): Reason[] {
  const refusing = findings
    .filter(({ verdict }) => verdict !== 'warn')
    .map((finding) => [finding.rule, 'why' in finding ? finding.why : finding.reason] as const)
  return Array.from(new Map(refusing), ([rule, why]) => ({ rule, why }))
}

async function bootSource(source: OracleHost, text: string) {
  try {
    const spec = await source.call('boot', { configText: text })
    return { spec, before: await source.call('report', 'full') }
  } catch (error) {
    if (error instanceof HostError) throw new NoGuestError(error.message)
    throw error
  }
}

function streamOf({ encrypt, cipher }: Pair): Stream {
  return {
    psk: encrypt ? newStreamKey() : null,
    priority: (encrypt ? tlsPriority(cipher, cipherNames) : undefined) ?? null,
  }
}

interface Attempt {
  readonly source: OracleHost
  readonly target: OracleHost
  readonly spec: MachineSpec
  readonly text: string
  readonly targetText: string | null
  /** What the guest reported on the source. */
  readonly before: string
  readonly stream: Stream
}

/** Moves the guest as zonesd does, the machine being the one that the target's own configuration describes. */
async function migrate(attempt: Attempt): Promise<Arrival> {
  const { source, target, spec, text, targetText, before, stream } = attempt
  const connectedBefore = await source.call('connections', undefined)
  const { address } = target.host
  const config = { configText: targetText ?? text, own: targetText !== null }
  const problem = await firstProblem([
    () => target.call('awaitGuest', { spec: JSON.stringify(spec), ...config }),
    async () => {
      const port = await target.call('listen', { ...stream, address })
      await source.call('send', { ...stream, uri: `tcp:${address}:${port}` })
    },
    () => target.call('resume', undefined),
  ])
  if (problem !== undefined) return refused(attempt, problem)
  try {
    const first = await target.call('report', 'short')
    const last = await target.call('report', 'full')
    const connected = await target.call('connections', undefined)
    return compareArrival({ before, first, last, connectedBefore, connected })
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return { outcome: 'corrupted', words: [error.message] }
  }
}

interface Problem {
  /** How many steps went well. */
  readonly done: number
  readonly words: string
}

/** Does one step after the other until a host cannot. */
async function firstProblem(steps: readonly (() => Promise<unknown>)[]): Promise<Problem | undefined> {
  for (const [done, step] of steps.entries()) {
    try {
      await step()
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      return { done, words: error.message }
    }
  }
  return undefined
}

/** What was refused must leave the guest where it was, unharmed. */
async function refused({ source, target }: Attempt, { done, words }: Problem): Promise<Arrival> {
  await source.call('takeBack', undefined)
  const still = lastReport(await source.call('report', 'short'))
  if (still === undefined || faultsOf(still).length > 0) throw new Error('The refused guest is broken')
  // Why a stream broke only the target's QEMU knows.
  const said = done === 0 ? [] : await target.call('lastWords', undefined)
  return { outcome: 'refused', words: said.length === 0 ? [words] : said }
}
