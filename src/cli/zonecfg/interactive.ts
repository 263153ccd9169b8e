import { Exit, type ExitCode, ZoneError } from '../../errors.ts'
import { parseCommands } from '../../zone/language/parse-commands.ts'
import { exitSession } from '../../zone/session/commit.ts'
import { complete } from '../../zone/session/complete.ts'
import { execute, notConfigured } from '../../zone/session/execute.ts'
import { prompt, type Session, type World } from '../../zone/session/session.ts'
import { LineReader } from './line-reader.ts'
import { showError, type ZonecfgIo } from './zonecfg-io.ts'

/**
 * A session with a person: a mistake is shown and the session goes on. The end of the input is `exit`.
 *
 * @param first how the session begins
 * @param makeWorld the world; its questions are asked on the same terminal
 * @throws the reason of the signal, if it is aborted
 */
export async function interact(
  first: Session,
  makeWorld: (confirm: World['confirm']) => World,
  io: ZonecfgIo,
  signal: AbortSignal,
): Promise<ExitCode> {
  let session = first
  let gone = false
  await using reader = new LineReader(io, (line) => complete(session, line))
  const world = makeWorld(async (question) => {
    const answer = await reader.read(question, signal)
    gone = answer === undefined
    return /^\s*y(es)?\s*$/i.test(answer ?? '')
  })
  if (session.config === undefined && session.zone !== undefined) showError(io, notConfigured(session))
  while (!session.ended) {
    const line = await reader.read(prompt(session), signal)
    if (line === undefined) io.stdout.write('\n')
    try {
      if (line === undefined)
        session = await exitSession(session, { force: false, confirm: world.confirm }, world)
      else {
        await executeLine(session, line, world, (next) => {
          session = next
        })
      }
    } catch (error) {
      if (!(error instanceof ZoneError)) throw error
      showError(io, error)
    }
    // Nobody there any more, and nothing saved: asking again would never end.
    if (gone && !session.ended) return Exit.failed
  }
  return Exit.ok
}

/** Carries out the commands of a line, telling how far it has come: those before a mistake count. */
async function executeLine(
  session: Session,
  line: string,
  world: World,
  reached: (session: Session) => void,
): Promise<void> {
  let current = session
  for (const command of parseCommands(line)) {
    current = await execute(current, command, world)
    reached(current)
    if (current.ended) return
  }
}
