import { ZoneError } from '../errors.ts'
import { emptyConfig, type ZoneConfig } from './config/zone-config.ts'
import { parseCommands } from './language/parse-commands.ts'
import { explain, ScriptError } from './language/script-error.ts'
import { edit } from './session/edit.ts'
import type { EditContext, Editing } from './session/editing.ts'

/** Any valid name: tokens are only checked, not expanded. */
const anyName: EditContext = {
  naming: { zonename: 'zone' },
  live: false,
  isNew: false,
  randomBytes: undefined,
}

/**
 * Reads a configuration from the text that `printExport()` prints (`zonecfg export`). Nothing is made up: what the text
 * does not say stays unset. The configuration is not verified.
 *
 * @throws {ZoneError} with line and column in the message
 */
export function parseExport(text: string): ZoneConfig {
  try {
    return readAll(text)
  } catch (error) {
    throw explain(error, text)
  }
}

function readAll(text: string): ZoneConfig {
  let editing: Editing = { config: emptyConfig, open: [] }
  for (const command of parseCommands(text)) {
    switch (command.name) {
      case 'create':
        if (command.from.kind !== 'blank') throw misplaced('create without -b', command.offset)
        editing = { config: emptyConfig, open: [] }
        break
      case 'add':
      case 'select':
      case 'set':
      case 'clear':
      case 'remove':
      case 'end':
      case 'cancel':
        editing = edit(editing, command, anyName)
        break
      case 'verify':
      case 'commit':
      case 'exit':
        break
      case 'info':
      case 'export':
      case 'revert':
      case 'delete':
      case 'help':
        throw misplaced(command.name, command.offset)
    }
  }
  const unfinished = editing.open.at(-1)
  if (unfinished !== undefined) {
    throw new ZoneError(`The ${unfinished.type.name} resource is not finished: "end" is missing`, {
      code: 'RESOURCE_INCOMPLETE',
    })
  }
  return editing.config
}

function misplaced(what: string, offset: number): ScriptError {
  return new ScriptError(`An exported configuration has no "${what}"`, { code: 'NOT_AN_EXPORT' }, offset)
}
