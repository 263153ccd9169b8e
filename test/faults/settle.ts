import type { Attempt, Command } from './attempt.ts'
import { qemus } from './faults.ts'
import { printedCommands } from './remedy.ts'
import { ask, holderOf, type Standing, standing, standingOn, within } from './standing.ts'
import { zone } from './world.ts'

/** What was answered to all that was typed in vain. */
export interface Unsettled {
  readonly unsettled: string
}

export interface Settled {
  readonly holder: 'source' | 'target'
  readonly now: Standing
  /** What had to be typed for it. */
  readonly typed: readonly string[]
  /** What was answered to that. */
  readonly answers: readonly string[]
  /** Whether the operator was told what to type, where there was somebody who could be. */
  readonly isTold: boolean
}

/** For what settles itself, such as a zonesd that was started again. */
export const byItselfMs = 8_000
export const rounds = 3

/** What a client that was killed cannot print: what the manual names for a zone that is found migrating. */
export const fromTheManual = ['zoneadm', '-z', zone, 'migrate', '--recover']

async function isUnderWay(source: Attempt['source']): Promise<boolean> {
  const status = await ask(source, 'zone/migration', { zone }).catch(() => undefined)
  return status?.direction === 'out'
}

/** Its machine has just ended, and zonesd has yet to notice. */
export function isEnding(host: Attempt['source'], here: string): boolean {
  return here === 'running' && qemus(host).length === 0
}

const namesHalt = (text: string) => printedCommands(text).some((words) => words.includes('halt'))

/**
 * Of a guest that went on at the target by post-copy: whether it is said that it is lost, and to be ended there. Where the source
 * has nothing to say any more, as after it went down, the target is asked.
 */
async function isHalfLost(target: Attempt['target'], said: readonly string[]): Promise<boolean> {
  if ((await standingOn(target)) !== 'running migrating-in') return false
  if (said.some((text) => /its guest (?:is|was) lost/.test(text) && namesHalt(text))) return true
  if (!said.some((text) => text.includes('No migration of this zone is unsettled here'))) return false
  return namesHalt((await target.host.run(fromTheManual, { timeoutMs: 60_000 })).stderr)
}

/**
 * Waits until exactly one host has the zone and nothing is under way. If that does not come by itself, types the command that
 * was printed, word for word.
 */
export async function settle({ source, target }: Attempt, command: Command): Promise<Settled | Unsettled> {
  const typed: string[] = []
  const answers: string[] = []
  let isTold = true
  const look = async () => {
    // A migration that is being checked cannot be seen by the state of the zone, and goes on without its client. Whether it
    // does is asked first: it may end before the next question.
    if (command.client.exitCode === null && (await isUnderWay(source))) return undefined
    const now = await standing(source, target)
    const holder = holderOf(now)
    if (holder !== undefined && isEnding({ source, target }[holder], now[holder === 'source' ? 0 : 1]))
      return undefined
    return holder === undefined ? undefined : { holder, now, typed, answers, isTold }
  }
  const endHalf = async () => {
    if (!(await isHalfLost(target, [command.output(), ...answers]))) return
    typed.push('halt')
    answers.push((await target.host.run(['zoneadm', '-z', zone, 'halt'], { timeoutMs: 60_000 })).stderr)
  }
  await endHalf()
  const printed = printedCommands(command.output()).find((words) => words.includes('--recover'))
  const byItself = await within(printed === undefined ? byItselfMs : 0, look)
  if (byItself !== undefined) return byItself
  for (let round = 0; round < rounds; round += 1) {
    const words = printed ?? fromTheManual
    // Nobody can be told who has gone, or who has seen the migration succeed before something went wrong.
    const { exitCode } = command.client
    isTold = printed !== undefined || exitCode === null || exitCode === 0
    typed.push(words.slice(3).join(' '))
    const { stderr } = await source.host.run(words, { timeoutMs: 60_000 })
    answers.push(stderr)
    await endHalf()
    const settled = await within(round === 0 ? 1_000 : byItselfMs, look)
    if (settled !== undefined) return settled
  }
  return { unsettled: answers.join('') }
}
