import { ZoneError } from '../../errors.ts'
import type { ZoneConfig } from '../config/zone-config.ts'
import type { Command } from '../language/command.ts'
import { locate } from '../language/script-error.ts'
import { parseExport } from '../parse-export.ts'
import { printExport, printWithoutKey } from '../print-export.ts'
import { commit, exitSession } from './commit.ts'
import { confirmOrRefuse } from './confirm.ts'
import { create } from './create.ts'
import { countRemoved, edit } from './edit.ts'
import type { Editing } from './editing.ts'
import { help } from './help.ts'
import { info } from './info.ts'
import {
  editContext,
  isChanged,
  namingOf,
  type Session,
  startSession,
  type World,
  withEditing,
} from './session.ts'
import { verify } from './verify.ts'

/**
 * Carries out one command.
 *
 * @returns the session after it
 * @throws {ZoneError} with the place of the command; the session given stays valid
 */
export async function execute(session: Session, command: Command, world: World): Promise<Session> {
  try {
    return await run(session, command, world)
  } catch (error) {
    throw isAboutPlace(command, error) ? locate(error, command.offset) : error
  }
}

/**
 * What `commit` and the like refuse is a matter of the whole configuration, and not of where they are written; and
 * `help` is about no configuration.
 */
function isAboutPlace({ name }: Command, error: unknown): boolean {
  if (error instanceof ZoneError && error.code === 'ZONE_NOT_CONFIGURED') return false
  return name !== 'help' && name !== 'verify' && name !== 'commit' && name !== 'exit'
}

async function run(session: Session, command: Command, world: World): Promise<Session> {
  switch (command.name) {
    case 'help':
      world.print(...help(command.topic))
      return session
    case 'exit':
      return await exitSession(session, { force: command.force, confirm: world.confirm }, world)
    case 'create':
      refuseInResource(session, command.name)
      return await create(session, command, world)
    case 'delete':
      refuseInResource(session, command.name)
      return await deleteConfig(session, command.force, world)
    case 'add':
    case 'select':
    case 'set':
    case 'clear':
    case 'remove':
    case 'end':
    case 'cancel': {
      const editing: Editing = { config: requireConfig(session), open: session.open }
      const context = editContext(session, world)
      if (command.name === 'remove' && !command.force && countRemoved(editing, command, context) > 1) {
        const question = `Are you sure you want to remove ALL '${command.selector.type}' resources`
        if (!(await confirmOrRefuse(world, question, 'remove -F'))) return session
      }
      const edited = edit(editing, command, context)
      if (command.name === 'add' && isOpenedAgain(session, edited)) {
        world.warn(`warning: there is a ${command.what} resource already; this changes it`)
      }
      return withEditing(session, edited)
    }
    case 'info':
      world.print(...info({ config: requireConfig(session), open: session.open }, command, namingOf(session)))
      return session
    case 'verify':
      refuseInResource(session, command.name)
      verify(session, requireConfig(session), world)
      return session
    case 'commit':
      refuseInResource(session, command.name)
      return await commit(session, requireConfig(session), world)
    case 'revert':
      refuseInResource(session, command.name)
      return await revert(session, command.force, world)
    case 'export': {
      refuseInResource(session, command.name)
      const config = requireConfig(session)
      const text = command.withKey ? await printWithKey(config, world) : printWithoutKey(config)
      if (command.file === undefined) world.print(text.trimEnd())
      else await world.writeFile(command.file, text)
      return { ...session, exported: printExport(config) }
    }
  }
}

/** With the key that a keysource gives, or with the zone's own: so another host can open what was sealed with it. */
async function printWithKey(config: ZoneConfig, world: World): Promise<string> {
  const text = printExport(config)
  if (config.children.some(({ type }) => type === 'keysource')) return text
  const key = await world.key?.()
  return key === undefined ? text : printExport(parseExport(`${text}add keysource\nset raw=${key}\nend\n`))
}

function isOpenedAgain(before: Session, { open }: Editing): boolean {
  return open.length > before.open.length && open.at(-1)?.replaces !== undefined
}

/** What Solaris says of a zone that has no configuration yet. */
export function notConfigured(session: Session): ZoneError {
  const name = session.zone === undefined ? '' : `${session.zone}: `
  return new ZoneError(`${name}No such zone configured`, {
    code: 'ZONE_NOT_CONFIGURED',
    remedy: "Use 'create' to begin configuring a new zone.",
  })
}

function requireConfig(session: Session): ZoneConfig {
  if (session.config === undefined) throw notConfigured(session)
  return session.config
}

function refuseInResource({ open }: Session, command: string): void {
  const current = open.at(-1)
  if (current === undefined) return
  throw new ZoneError(`${command} cannot be used while the ${current.type.name} resource is open`, {
    code: 'WRONG_SCOPE',
    remedy: 'Type "end" to finish the resource, or "cancel" to drop it',
  })
}

async function deleteConfig(session: Session, force: boolean, world: World): Promise<Session> {
  requireConfig(session)
  if (session.live)
    throw new ZoneError('delete: the running configuration cannot be deleted', { code: 'NOT_LIVE' })
  const question = `Are you sure you want to delete zone ${session.zone ?? ''}`.trimEnd()
  if (!force && !(await confirmOrRefuse(world, question, 'delete -F'))) return session
  if (session.saved !== undefined) await world.remove()
  return startSession(session.zone, session.live)
}

async function revert(session: Session, force: boolean, world: World): Promise<Session> {
  if (session.saved === undefined && session.config === undefined) throw notConfigured(session)
  if (isChanged(session) && !force) {
    if (!(await confirmOrRefuse(world, 'Are you sure you want to revert', 'revert -F'))) return session
  }
  return {
    ...session,
    config: session.saved === undefined ? undefined : parseExport(session.saved),
    open: [],
  }
}
