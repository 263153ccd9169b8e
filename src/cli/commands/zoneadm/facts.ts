import { Exit } from '../../../errors.ts'
import { command } from '../../command.ts'
import { printJson, printLine } from '../../io.ts'
import { outline } from '../../outline.ts'

export const facts = command({
  name: 'facts',
  summary: 'Show what this host offers to zones, as the compatibility check sees it',
  synopsis: '[--json]',
  operands: [],
  options: { json: { type: 'boolean', help: 'one JSON document' } },

  async run({ io, signal, agent }, _, { json }) {
    const found = await (await agent()).call('host/facts', { storage: [] }, { signal })
    if (json === true) printJson(io.stdout, found)
    else for (const line of outline(found)) printLine(io.stdout, line)
    return Exit.ok
  },
})
