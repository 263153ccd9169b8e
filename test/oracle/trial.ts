import { randomBytes } from 'node:crypto'
import type { Report } from '../../src/compat/schema.ts'
import { cipherNames, tlsPriority } from '../../src/migration/cipher.ts'
import { newStreamKey } from '../../src/migration/stream-key.ts'
import { NotTriedError } from './attempt.ts'
import type { Arrival, Outcome } from './compare-arrival.ts'
import type { Stream } from './guest-on-host.ts'
import { judge } from './judge.ts'
import { migrateRunning } from './migrate-running.ts'
import { HostError, type OracleHost } from './oracle-host.ts'
import type { OracleWorld } from './oracle-world.ts'
import type { Pair } from './pair.ts'
import { resumeSuspended, type Suspended } from './resume-suspended.ts'
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

const zoneKeyBytes = 32

/** The check said yes, and it did not work. */
export const isMiss = ({ verdict, outcome }: Trial) => verdict === 'pass' && outcome !== 'works'

/**
 * Boots the zone of a pair, suspends it if it is to move so, asks the check, and moves the zone whatever the check says.
 *
 * @throws NotTriedError; Error if a host cannot be changed or put right again
 */
export async function tryPair(world: OracleWorld, pair: Pair): Promise<Trial> {
  const [source, target] = [world.sources[pair.from], world.targets[pair.to]]
  await using undo = new AsyncDisposableStack()
  await world.freshDisks()
  const bootedText = configText(pair.zone, world.uriOf)
  undo.defer(() => source.call('end', undefined).then(() => undefined))
  const { spec, before } = await bootSource(source, bootedText)
  const connectedBefore = await source.call('connections', undefined)
  const suspended = pair.kind === 'warm' ? await suspend(source) : undefined
  const changes = undo.use(new AsyncDisposableStack())
  for (const { make, unmake } of pair.targetChanges) {
    await target.call('run', { commands: make })
    changes.defer(() => target.call('run', { commands: unmake }).then(() => undefined))
  }
  const text = pair.changedZone === null ? bootedText : configText(pair.changedZone, world.uriOf)
  const targetText = pair.targetZone && configText(pair.targetZone, world.uriOf)
  const { report, resumption } = await judge({
    source,
    target,
    spec,
    configText: text,
    targetText,
    suspension: suspended?.suspension,
    ...pair,
  })
  undo.defer(() => target.call('end', undefined).then(() => undefined))
  // Nor is the machine of a suspended guest there the one that it left, if its configuration does not say so any more.
  const textThere = targetText ?? (pair.changedZone === null ? null : text)
  const attempt = { source, target, text, targetText: textThere, before, connectedBefore }
  const arrive = (): Promise<Arrival> =>
    suspended === undefined
      ? migrateRunning(attempt, spec, streamOf(pair))
      : resumeSuspended(attempt, suspended, () => changes.disposeAsync())
  const judged = { pair, verdict: report.verdict, reasons: reasonsOf(report) }
  if (resumption.length > 0) return { ...judged, outcome: 'refused', words: resumption }
  return { ...judged, ...(await arrive()) }
}

async function suspend(source: OracleHost): Promise<Suspended> {
  const zoneKey = randomBytes(zoneKeyBytes).toString('hex')
  return { suspension: await source.call('suspend', { zoneKey }), zoneKey }
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
    if (error instanceof HostError) throw new NotTriedError(`no guest: ${error.message}`)
    throw error
  }
}

function streamOf({ kind, encrypt, cipher }: Pair): Stream {
  return {
    psk: encrypt ? newStreamKey() : null,
    priority: (encrypt ? tlsPriority(cipher, cipherNames) : undefined) ?? null,
    postcopy: kind === 'post-copy',
  }
}
