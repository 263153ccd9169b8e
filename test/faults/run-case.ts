import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kind } from '../../src/compat/schema.ts'
import { askGuest } from './ask-guest.ts'
import { type Attempt, type Command, commandOf, type } from './attempt.ts'
import { type Case, caseName } from './case.ts'
import { configureOtherwise } from './configure-otherwise.ts'
import { configurationsOn, isGuestAnew, violationsOf } from './judge.ts'
import { type Heard, networkViolations } from './judge-network.ts'
import { wordViolations } from './judge-words.ts'
import { NetworkWatch } from './network-watch.ts'
import { printedCommands } from './remedy.ts'
import { type Settled, settle, type Unsettled } from './settle.ts'
import { settleHere } from './settle-here.ts'
import { ask, standing, standingOn } from './standing.ts'
import type { Step } from './steps.ts'
import { type FaultHost, type World, zone } from './world.ts'

export interface Verdict {
  readonly name: string
  /** Undefined: there was nothing that the fault could befall. */
  readonly outcome: 'stayed' | 'moved' | 'suspended' | 'running' | undefined
  /** `anew`: lost with the machine or host that ran it, and booted from its disk. */
  readonly guest: 'same' | 'anew'
  /** What had to be typed; empty if all settled itself. */
  readonly typed: readonly string[]
  /** From the (last) fault until the zone was settled and its guest wrote again. */
  readonly recoverMs: number
  /** Of the whole case. */
  readonly wallMs: number
  /** How long nothing of the guest's counter was heard from the network at most; undefined: not all the time it was to run. */
  readonly longestSilenceMs?: number
  readonly pings?: { readonly lost: number; readonly longestGapMs: number }
  /** Of the command; null if it was killed. */
  readonly exitCode: number | null
  /** What must not be; empty if the case is good. */
  readonly violations: readonly string[]
  /** What the command has printed, and, of a bad case, the logs of both hosts. */
  readonly output: string
}

const zoneadm = (...words: readonly string[]) => ['zoneadm', '-z', zone, ...words]
const slowTransfer = { rateMbitPerSecond: 20 }
const commandTimeoutMs = 60_000
const speakTimeoutMs = 20_000

/** Brings the zone into the state from which the kind of migration starts. */
async function prepare(world: World, source: FaultHost, kind: Kind): Promise<void> {
  const must = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await source.host.run(zoneadm(...words), { timeoutMs: commandTimeoutMs })
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stdout}${stderr}`)
  }
  const now = await standingOn(source)
  if (now === { live: 'running', warm: 'installed suspended', cold: 'installed' }[kind]) return
  if (now !== 'running') {
    await must('boot')
    await world.witness.writesAgain(AbortSignal.timeout(commandTimeoutMs), source.host.address)
  }
  if (kind !== 'live') await must(kind === 'cold' ? 'halt' : 'suspend')
}

/** All else is tried before post-copy is, and takes its time. */
const timeoutOf = ({ isPostcopy }: Case) => (isPostcopy === true ? 2 : 1) * commandTimeoutMs

/** Waits until the migration stands at a step. */
async function reach(
  { point, side, via }: Step,
  attempt: Attempt,
  command: Command,
  timeoutMs: number,
): Promise<void> {
  const { source, target } = attempt
  const over = new AbortController()
  void command.ended.then(() => over.abort(new Error(`it ended before ${point}: ${command.output()}`)))
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(timeoutMs)])
  if (via !== undefined) {
    await source.holds.held(via.point, signal)
    if (via.does === 'slow-link') await target.host.shapeLink(slowTransfer)
    else await ask(source, 'zone/cancel', { zone })
    await source.holds.pass(via.point)
  }
  await { source, target }[side].holds.held(point, signal)
}

/** Lets the faults happen at their moment, and mends what is to be mended. */
async function disturb(it: Case, attempt: Attempt, command: Command): Promise<boolean> {
  const { moment, faults } = it
  const { source, target } = attempt
  if ('step' in moment) await reach(moment.step, attempt, command, timeoutOf(it))
  else await sleep(moment.delayMs)
  let hasBefallen = true
  for (const fault of faults) hasBefallen = (await fault.befall(attempt)) === true && hasBefallen
  const isSlow = 'step' in moment && moment.step.via?.does === 'slow-link'
  if (isSlow && !faults.some(({ name }) => name === 'slow-link')) await target.host.shapeLink({})
  await Promise.all([source.holds.release(), target.holds.release()])
  // A daemon can be started again only where there is room.
  const isFull = ({ name }: { readonly name: string }) => Number(name.startsWith('full'))
  for (const fault of faults.toSorted((a, b) => isFull(b) - isFull(a))) await fault.mend?.(attempt)
  return hasBefallen
}

/** What both hosts' daemons have logged since the case began. */
export async function logsSince(hosts: readonly FaultHost[], begin: readonly number[]): Promise<string> {
  const texts = await Promise.all(hosts.map(readLog))
  const consoles = await Promise.all(hosts.map(askGuest))
  return texts
    .map((text, index) => `--- ${hosts[index]?.host.name}\n${text.slice(begin[index])}${consoles[index]}`)
    .join('')
}

export const readLog = ({ host }: FaultHost) =>
  readFile(join(host.root, 'var/log/zones/zonesd.log'), 'utf8').catch(() => '')

/** The guest has to be heard at the end, whoever has it. */
async function listenToTheEnd(watch: NetworkWatch, violations: string[]): Promise<Heard> {
  await watch
    .speaks(AbortSignal.timeout(speakTimeoutMs))
    .catch(() => violations.push('the guest cannot be reached over the network'))
  return await watch.stop()
}

function outcomeOf({ verb }: Case, settled: Settled | Unsettled): NonNullable<Verdict['outcome']> {
  const [here, holder] = 'holder' in settled ? [settled.now[0], settled.holder] : ['', 'source']
  if (verb === undefined) return holder === 'source' ? 'stayed' : 'moved'
  return here === 'installed suspended' ? 'suspended' : 'running'
}

/** Carries out a case from the host that has the zone, and judges what has become of it. */
export async function runCase(
  world: World,
  [source, target]: readonly [FaultHost, FaultHost],
  it: Case,
): Promise<Verdict> {
  const { witness } = world
  const startMs = performance.now()
  const logs = (await Promise.all([source, target].map(readLog))).map(({ length }) => length)
  await prepare(world, source, it.kind)
  if (it.overwrites === true) await configureOtherwise(source, target)
  const before = {
    standing: await standing(source, target),
    writes: witness.writes.length,
    bootId: witness.writes.at(-1)?.bootId,
    configurations: configurationsOn(source, target),
  }
  const lastNumber = witness.writes.at(-1)?.number
  await using watch = new NetworkWatch(world)
  if (it.kind === 'live') await watch.speaks(AbortSignal.timeout(speakTimeoutMs))
  if ('step' in it.moment) {
    const { point, side, via } = it.moment.step
    await { source, target }[side].holds.set(point)
    if (via !== undefined) await source.holds.set(via.point)
  }
  const command = type(source.host, commandOf(it, target.host))
  const attempt: Attempt = { world, source, target, client: command.client }
  const violations: string[] = []
  const hasBefallen = await disturb(it, attempt, command)
  const faultAtMs = performance.now()
  const isLate = await Promise.race([command.ended.then(() => false), sleep(timeoutOf(it), true)])
  if (isLate) violations.push('the command did not end in time')
  if (/fault in kzone|\bat \S+ \(\S+:\d+/.test(command.output()))
    violations.push('the operator was shown a stack')
  const settled = await (it.verb === undefined ? settle : settleHere)(attempt, command)
  const typed = 'typed' in settled ? [...settled.typed] : []
  if ('unsettled' in settled)
    violations.push(`not settled: ${(await standing(source, target)).join(' / ')}: ${settled.unsettled}`)
  else {
    const { holder, now } = settled
    const { host } = { source, target }[holder]
    const here = now[holder === 'source' ? 0 : 1]
    if (!settled.isTold) violations.push(`the command that was needed was not printed: ${typed.join('; ')}`)
    if (it.kind === 'warm' && it.verb === undefined && here === 'installed')
      violations.push('the suspend image was given up')
    if (here !== 'running') {
      // A zone that was at rest is one command away as ever; of one that ran the operator is told, unless nobody was there to be.
      if (it.verb === undefined ? it.kind === 'live' : here === 'installed') {
        const isPrinted = printedCommands(command.output()).some((words) => words.includes('boot'))
        const isAnswered = settled.answers.join().includes(zoneadm('boot').join(' '))
        const isTold =
          isPrinted || isAnswered || command.client.exitCode === null || command.client.exitCode === 0
        if (!isTold) violations.push('the guest is gone, and no command was printed')
        typed.push('boot')
      }
      const { code, stderr } = await host.run(zoneadm('boot'), { timeoutMs: commandTimeoutMs })
      if (code !== 0) violations.push(`it does not boot: ${stderr}`)
    }
    await witness
      .writesAgain(AbortSignal.timeout(commandTimeoutMs), host.address)
      .catch(() => violations.push(`the guest does not write on ${host.name}`))
  }
  const recoverMs = performance.now() - faultAtMs
  const heard = await listenToTheEnd(watch, violations)
  await Promise.all([source.setClock(0), target.setClock(0)])
  const isSameBoot = witness.writes.at(-1)?.bootId === before.bootId
  if ('holder' in settled) {
    violations.push(...(await violationsOf(world, [source, target], it, before, settled)))
    const [from, to] = [source.host.name, target.host.name]
    const mayBeAt = settled.holder === 'source' ? ([from] as const) : ([from, to] as const)
    violations.push(...networkViolations(heard, { lastNumber, isAnew: !isSameBoot, mayBeAt }))
  }
  const { exitCode } = command.client
  const outcome = outcomeOf(it, settled)
  if ('holder' in settled) violations.push(...wordViolations(command.output(), exitCode, outcome, it.verb))
  return {
    name: caseName(it),
    outcome: hasBefallen ? outcome : undefined,
    guest: isGuestAnew(it, before, witness.writes.at(-1)?.bootId) ? 'anew' : 'same',
    typed,
    recoverMs,
    wallMs: performance.now() - startMs,
    // One that was at rest, or was lost, is silent for a while by nature.
    ...(it.kind === 'live' && it.verb === undefined && isSameBoot
      ? { longestSilenceMs: heard.longestSilenceMs, pings: heard.pings }
      : {}),
    exitCode,
    violations,
    output: `${command.output()}${violations.length === 0 ? '' : await logsSince([source, target], logs)}`,
  }
}
