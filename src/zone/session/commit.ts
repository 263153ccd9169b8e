import { ZoneError } from '../../errors.ts'
import type { ZoneConfig } from '../config/zone-config.ts'
import { printExport } from '../print-export.ts'
import { isChanged, type Session, type World } from './session.ts'
import { refuseInvalid } from './verify.ts'

/**
 * `commit`: checks the configuration and saves it, if it has changed.
 *
 * @throws {ZoneError} CONFIG_INVALID, SCRATCH_SESSION, or what the world says to the saving
 */
export async function commit(session: Session, config: ZoneConfig, world: World): Promise<Session> {
  if (session.zone === undefined) {
    throw new ZoneError('commit: this session has no zone to save to', {
      code: 'SCRATCH_SESSION',
      remedy: 'Use "export -f FILE", and then "zonecfg -z NAME -f FILE"',
    })
  }
  refuseInvalid(session, config)
  if (!isChanged(session)) return session
  const text = printExport(config)
  world.print(...(await world.save(text)))
  return { ...session, saved: text }
}

const notSaved = 'Not saved: this session has no zone; use zonecfg -z NAME, or export -f FILE'

/**
 * `exit`, and the end of the input: saves what has changed.
 *
 * @param options force: leave even if a resource is open or the configuration cannot be saved. confirm: asks whether to
 *   leave; undefined if nobody can be asked or the session cannot go on anyway
 * @throws {ZoneError} RESOURCE_INCOMPLETE if a resource is open and nobody says that it may be dropped
 */
export async function exitSession(
  session: Session,
  { force, confirm }: { readonly force: boolean; readonly confirm: World['confirm'] },
  world: World,
): Promise<Session> {
  const ended = { ...session, ended: true }
  const open = session.open.at(-1)
  if (open !== undefined && !force) {
    if (confirm === undefined) {
      throw new ZoneError(`The ${open.type.name} resource is not finished: "end" is missing`, {
        code: 'RESOURCE_INCOMPLETE',
        remedy: 'Finish the resource with "end", or drop it with "cancel"',
      })
    }
    if (!(await confirm('Resource incomplete; really quit (y/[n])? '))) return session
  }
  if (session.config === undefined || !isChanged(session)) return ended
  if (session.zone === undefined) {
    if (printExport(session.config) !== session.exported) world.warn(notSaved)
    return ended
  }
  try {
    return { ...(await commit(session, session.config, world)), ended: true }
  } catch (error) {
    if (!(error instanceof ZoneError) || (!force && confirm === undefined)) throw error
    world.warn(...error.message.split('\n'))
    const leave = force || (await confirm?.('Configuration not saved; really quit (y/[n])? ')) === true
    return leave ? ended : session
  }
}
