import type { HostFacts } from '../../src/facts/schema.ts'
import type { Attempt, Command } from './attempt.ts'
import { printedCommands } from './remedy.ts'
import { byItselfMs, fromTheManual, isEnding, rounds, type Settled, type Unsettled } from './settle.ts'
import { ask, holderOf, standing, within } from './standing.ts'
import { zone } from './world.ts'

/** A guest that runs writes ten times a second. */
const writesWithinMs = 2_000
const longestMs = 60_000

async function isUnderWay(source: Attempt['source']): Promise<boolean> {
  const facts = (await ask(source, 'host/facts', { storage: [], cpus: [] }).catch(() => undefined)) as
    | HostFacts
    | undefined
  const { operations } = facts ?? {}
  return operations !== undefined && 'known' in operations && operations.known.length > 0
}

/**
 * As `settle()`, of a zone that goes nowhere: waits until nothing is under way with it, and its guest goes on if it has a
 * machine. If that does not come by itself, types the command that was printed.
 */
export async function settleHere(
  { source, target, world }: Attempt,
  command: Command,
): Promise<Settled | Unsettled> {
  const typed: string[] = []
  const answers: string[] = []
  let isTold = true
  const look = async () => {
    if (await isUnderWay(source)) return undefined
    const now = await standing(source, target)
    const [here] = now
    if (holderOf(now) !== 'source' || isEnding(source, here)) return undefined
    const writes = () => world.witness.writesAgain(AbortSignal.timeout(writesWithinMs), source.host.address)
    const isWell = here !== 'running' || (await writes().then(Boolean, () => false))
    return isWell ? { holder: 'source' as const, now, typed, answers, isTold } : undefined
  }
  // Without its client it goes on, for as long as it takes.
  await within(longestMs, async () => ((await isUnderWay(source)) ? undefined : true))
  const byItself = await within(byItselfMs, look)
  if (byItself !== undefined) return byItself
  const printed = printedCommands(command.output()).find((words) => !words.includes('boot'))
  for (let round = 0; round < rounds; round += 1) {
    const words = printed ?? fromTheManual
    const { exitCode } = command.client
    isTold = printed !== undefined || exitCode === null || exitCode === 0
    typed.push(words.slice(3).join(' '))
    answers.push((await source.host.run(words, { timeoutMs: 60_000 })).stderr)
    const settled = await within(byItselfMs, look)
    if (settled !== undefined) return settled
  }
  return { unsettled: `zone ${zone}: ${answers.join('')}` }
}
