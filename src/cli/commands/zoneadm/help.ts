import { Exit } from '../../../errors.ts'
import { command } from '../../command.ts'
import { renderCommandHelp, renderProgramHelp } from '../../render-help.ts'
import { zoneadmUsage } from '../../zoneadm-usage.ts'

const notes = [
  "More about one of them: 'zoneadm help subcommand'.",
  '',
  '  -R root  folder that holds the host (default: KZ_ROOT, or /)',
  '  -z zone  name of the zone',
  '  -u uuid  uuid of the zone, or its beginning; -z counts if none has it',
  '',
  'Exit codes: 0 done, 1 failed, 2 usage, 3 refused by the compatibility check, 70 fault in kzone, 130 interrupted.',
  'Results go to stdout; progress, questions and errors to stderr, with --json errors as a JSON object.',
]

export const help = command({
  name: 'help',
  summary: 'Show what zoneadm can do',
  synopsis: '[subcommand]',
  operands: ['subcommand?'],
  options: {},

  async run({ program, io, commands }, [name]) {
    io.stdout.write(
      name === undefined
        ? renderProgramHelp(zoneadmUsage, commands.all, notes)
        : renderCommandHelp(program, commands.find(name)),
    )
    return Exit.ok
  },
})
