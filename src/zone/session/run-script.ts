import type { Command } from '../language/command.ts'
import { parseCommands } from '../language/parse-commands.ts'
import { explain, locate } from '../language/script-error.ts'
import { otherBrand, supportedBrand } from '../schema/other-brands.ts'
import { exitSession } from './commit.ts'
import { execute } from './execute.ts'
import type { Session, World } from './session.ts'

/**
 * Carries out a whole script: a command file, standard input, or the argument of a command. It is read to the end before
 * anything is done. The world is asked to save only when all commands have succeeded if it defers that, as it should.
 *
 * @throws {ZoneError} with line and column
 */
export async function runScript(session: Session, script: string, world: World): Promise<Session> {
  try {
    const commands = parseCommands(script)
    refuseOtherBrands(commands)
    let current = session
    for (const command of commands) {
      current = await execute(current, command, world)
      if (current.ended) return current
    }
    // Not worth a question: the script cannot go on.
    return await exitSession(current, { force: false, confirm: undefined }, world)
  } catch (error) {
    throw explain(error, script)
  }
}

/** A script for another brand is refused as such before any of its commands is, whatever they are. */
function refuseOtherBrands(commands: readonly Command[]): void {
  for (const command of commands) {
    if (command.name !== 'set' || command.property !== 'brand' || command.value.kind !== 'simple') continue
    const brand = command.value.text
    if (brand !== supportedBrand && brand !== '')
      throw locate(otherBrand('brand', brand), command.detailOffset)
  }
}
