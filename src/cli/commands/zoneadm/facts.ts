import { Exit } from '../../../errors.ts'
import type { HostFacts } from '../../../facts/schema.ts'
import { command } from '../../command.ts'
import { printJson, printLine } from '../../io.ts'
import { renderFacts } from '../../render-facts.ts'

export const facts = command({
  name: 'facts',
  summary: 'Show what this host offers to zones',
  synopsis: '[--json]',
  operands: [],
  options: { json: { type: 'boolean', help: 'all that the compatibility check sees, as one JSON document' } },

  async run({ io, signal, agent }, _, { json }) {
    const found = await (await agent()).call('host/facts', { storage: [] }, { signal })
    if (json === true) printJson(io.stdout, found)
    // zonesd has made it of its own schema.
    else for (const line of renderFacts(found as HostFacts)) printLine(io.stdout, line)
    return Exit.ok
  },
})
