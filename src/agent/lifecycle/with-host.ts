import { Exit, ZoneError } from '../../errors.ts'
import { messageOf } from '../../util/message-of.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { patienceMs } from '../../util/test-patience.ts'
import type { Progress } from '../api.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { bootOrResume } from './boot-or-resume.ts'
import { haltZone, shutdownZone } from './stop.ts'
import { suspendZone } from './suspend.ts'

/** Of `boot-priority`, the first ones to boot first. */
const priorities = ['high', 'normal', 'low'] as const

/** What was cancelled has undone by then what it had begun. */
const cancelPatience = { timeoutMs: 30_000, intervalMs: 20 }

/** A little longer than zonesd itself asks for a target that was lost at the switch-over. */
const settlePatience = { timeoutMs: patienceMs(75_000), intervalMs: 20 }

export interface WithHostOptions {
  readonly signal: AbortSignal
  readonly progress: (value: Progress) => void
}

/** The zones with which something was done, and those with which it failed. */
export interface WithHostOutcome {
  readonly done: string[]
  readonly failed: string[]
}

/**
 * Starts the zones that are to start with the host (`autoboot`), those of a higher `boot-priority` first and one after the
 * other; suspended ones go on. Those of which an interrupted migration or move is being settled come last, when it is, if they
 * are installed here then. One that fails does not hold up the rest. Never throws for a zone.
 */
export async function bootZones(host: Host, options: WithHostOptions): Promise<WithHostOutcome> {
  host.goingDown.staysUp()
  await host.registry.whenAdopted()
  const wanted: { readonly zone: Zone; readonly rank: number }[] = []
  for (const zone of host.registry.all()) {
    if (zone.state !== 'installed' && zone.state !== 'unavailable') continue
    const config = (await host.registry.config(zone.name).catch(() => undefined))?.config
    if (config?.values['autoboot'] !== 'true') continue
    if (zone.state === 'unavailable') {
      say(options, zone, `not booted, since it is unavailable: ${zone.reason ?? 'nothing more is known'}`)
      continue
    }
    const priority = config.values['boot-priority'] ?? 'normal'
    wanted.push({ zone, rank: priorities.findIndex((each) => each === priority) })
  }
  const outcome: WithHostOutcome = { done: [], failed: [] }
  const ranked = wanted.toSorted((a, b) => a.rank - b.rank).map(({ zone }) => zone)
  const late = ranked.filter(isBeingSettled)
  const boot = (zone: Zone) =>
    attempt(host, zone, outcome, options, async (signal) => {
      say(options, zone, zone.isSuspended ? 'resuming' : 'booting')
      await zone.exclusively('boot', signal, ({ controller }) =>
        bootOrResume(
          host,
          zone,
          { bootargs: undefined, discard: false },
          { signal: controller.signal, progress: () => undefined },
        ),
      )
    })
  for (const zone of ranked) if (!late.includes(zone)) await boot(zone)
  for (const zone of late) say(options, zone, 'waits for the end of what was interrupted')
  const settled = () => (late.some(isBeingSettled) ? undefined : true)
  await retryUntil(settled, { ...settlePatience, signal: options.signal })
  for (const zone of late) if (zone.state === 'installed') await boot(zone)
  return outcome
}

const isBeingSettled = ({ operation }: Zone) => operation?.kind === 'recover'

/**
 * Ends all zones that run, as each of them wants it (`autoshutdown`), all at once. A guest that cannot be suspended is shut
 * down, one that does not shut down in time is halted: the host goes down in any case. What is under way with a zone is
 * cancelled before. Meanwhile none begins to run here. Never throws for a zone.
 */
export async function shutdownZones(host: Host, options: WithHostOptions): Promise<WithHostOutcome> {
  await host.registry.whenAdopted()
  return host.goingDown.during(async () => {
    const outcome: WithHostOutcome = { done: [], failed: [] }
    const seen = new Set<Zone>()
    for (;;) {
      const found = host.registry.all().filter((zone) => !seen.has(zone) && runsSoon(zone))
      if (found.length === 0) return outcome
      await Promise.all(
        found.map((zone) => {
          seen.add(zone)
          return attempt(host, zone, outcome, options, (signal) =>
            endSoon(host, zone, { ...options, signal }),
          )
        }),
      )
    }
  })
}

/** Operations at whose end a zone runs that may not run before. */
const beginning: readonly (string | undefined)[] = ['boot', 'reboot']

/** Whether a zone runs, or is about to: what was begun before the host went down. */
const runsSoon = (zone: Zone) =>
  zone.state === 'running' || beginning.includes(zone.operation?.kind) || isToldToGo(zone)

/** It comes from another host, which does not have it any more; it runs here in a moment. */
function isToldToGo({ moving, arriving }: Zone): boolean {
  const status = moving === 'migrating-in' ? arriving?.() : undefined
  return status?.direction === 'in' && status.stage === 'going'
}

async function endSoon(host: Host, zone: Zone, options: WithHostOptions): Promise<void> {
  const { signal } = options
  await retryUntil(() => (isToldToGo(zone) ? undefined : true), { ...cancelPatience, signal })
  await endOperation(zone, options)
  if (zone.running === undefined) return
  await zone.exclusively('shutdown', signal, ({ controller }) =>
    endZone(host, zone, { ...options, signal: controller.signal }),
  )
}

/** A migration or a move that went on would be killed with the host, at whatever moment. */
async function endOperation(zone: Zone, options: WithHostOptions): Promise<void> {
  const { operation } = zone
  if (operation === undefined) return
  say(options, zone, `${operation.kind} is cancelled, since the host goes down`)
  operation.controller.abort(
    new ZoneError('The host goes down, and this was cancelled', {
      code: 'CANCELLED',
      exit: Exit.interrupted,
      remedy: 'Type the command again when the host is up',
    }),
  )
  const isOver = () => (zone.operation === operation ? undefined : true)
  await retryUntil(isOver, { ...cancelPatience, signal: options.signal })
}

async function endZone(host: Host, zone: Zone, options: WithHostOptions): Promise<void> {
  const { signal } = options
  const contract = await host.registry.contract(zone.name).catch(() => undefined)
  let way = contract?.autoshutdown ?? 'shutdown'
  if (way === 'suspend') {
    say(options, zone, 'suspending')
    const error = await failureOf(suspendZone(host, zone, { signal, progress: () => undefined }))
    if (error === undefined || zone.running === undefined) return
    signal.throwIfAborted()
    say(options, zone, `${error.message}; shutting it down instead`)
    way = 'shutdown'
  }
  if (way === 'shutdown') {
    say(options, zone, 'shutting down')
    const error = await failureOf(shutdownZone(host, zone, signal))
    if (error === undefined || zone.running === undefined) return
    signal.throwIfAborted()
    say(options, zone, `${error.message}; halting it instead`)
  }
  await haltZone(host, zone)
}

/** What an operator could do something about is no reason to leave the rest undone. */
async function failureOf(work: Promise<void>): Promise<ZoneError | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof ZoneError) return error
    throw error
  }
}

async function attempt(
  host: Host,
  zone: Zone,
  { done, failed }: WithHostOutcome,
  options: WithHostOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  options.signal.throwIfAborted()
  try {
    await work(options.signal)
    done.push(zone.name)
  } catch (error) {
    failed.push(zone.name)
    const words = messageOf(error)
    say(options, zone, words)
    host.log(`zone '${zone.name}': ${words}`)
  }
}

function say({ progress }: WithHostOptions, { name }: Zone, words: string): void {
  progress({ kind: 'line', text: words.startsWith(`zone '${name}'`) ? words : `zone '${name}': ${words}` })
}
