import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'
import { printJson, printLine } from '../../io.ts'

export const verify = zoneCommand({
  name: 'verify',
  summary: 'Check that the zone can be installed and booted on this host',
  synopsis: '[--json]',
  operands: [],
  options: { json: { type: 'boolean', help: 'one JSON document: an object with the array "problems"' } },

  async run({ program, zone, io, signal, agent }, _, { json }) {
    const { problems } = await (await agent()).call('zone/verify', { zone }, { signal })
    const exit = problems.length === 0 ? Exit.ok : Exit.failed
    if (json === true) {
      printJson(io.stdout, { problems })
      return exit
    }
    for (const { message, remedy } of problems) {
      printLine(io.stderr, `${program}: zone '${zone}': ${message}`)
      if (remedy !== null) printLine(io.stderr, `  remedy: ${remedy}`)
    }
    if (exit !== Exit.ok) printLine(io.stderr, `${program}: zone ${zone} failed to verify`)
    return exit
  },
})
