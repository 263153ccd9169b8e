import { Exit } from '../../errors.ts'
import { type CommandTable, command } from '../command.ts'
import { renderCommandHelp, renderProgramHelp } from '../render-help.ts'
import { unknownName } from '../usage-error.ts'
import { create, remove } from './create.ts'
import { lookupMapping } from './lookup-mapping.ts'
import { lookupUri } from './lookup-uri.ts'
import { map, unmap } from './map.ts'
import { parse } from './parse.ts'

export const suriadmUsage = 'usage: suriadm [-R root] subcommand [options] [operand]'

const notes = [
  "More about one of them: 'suriadm help subcommand'. The forms of storage URIs: suriadm(8).",
  '',
  '  -R root  folder that holds the host (default: KZ_ROOT, or /)',
  '',
  'Exit codes: 0 done, 1 failed or nothing found, 2 usage, 70 fault in kzone, 130 interrupted.',
]

const help = command({
  name: 'help',
  summary: 'Show what suriadm can do',
  synopsis: '[subcommand]',
  operands: ['subcommand?'],
  options: {},

  async run({ program, io, commands }, [name]) {
    io.stdout.write(
      name === undefined
        ? renderProgramHelp(suriadmUsage, commands.all, notes)
        : renderCommandHelp(program, commands.find(name)),
    )
    return Exit.ok
  },
})

const all = [parse, lookupUri, lookupMapping, map, unmap, create, remove, help]

/** The subcommands of suriadm, in the order of the help. */
export const suriadmCommands: CommandTable = {
  all,
  find(name) {
    const found = all.find((candidate) => candidate.name === name)
    if (found !== undefined) return found
    const names = all.map((candidate) => candidate.name)
    throw unknownName('subcommand', name, names)
  },
}
