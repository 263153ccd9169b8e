import { savedFactsPath } from '../../../compat/saved-facts-path.ts'
import { Exit, ZoneError } from '../../../errors.ts'
import type { HostFacts } from '../../../facts/schema.ts'
import { type CommandContext, command } from '../../command.ts'
import { printJson, printLine } from '../../io.ts'
import { operatorEnvironment } from '../../operator-environment.ts'
import { renderFacts } from '../../render-facts.ts'

export const facts = command({
  name: 'facts',
  summary: 'Show what this host, or another one, offers to zones',
  synopsis: '[--json] [--storage uri]... [--cpu model]... [host]',
  operands: ['host?'],
  options: {
    json: { type: 'boolean', help: 'all that the compatibility check sees, as one JSON document' },
    storage: {
      type: 'string',
      multiple: true,
      value: 'uri',
      help: 'also try to open this storage from the host',
    },
    cpu: {
      type: 'string',
      multiple: true,
      value: 'model',
      help: "also ask for this CPU's features, in QEMU's words",
    },
  },
  details: [
    'The host is ssh://[user@]host[:port], by default this one, or facts:FILE with a',
    'document that --json has written. With -z also what a check of that zone of this',
    'host needs: its storage is opened from the host, and its CPU asked for.',
  ],

  async run(context, [host], { json, storage = [], cpu = [] }) {
    const found = await factsOf(context, host, { storage, cpus: cpu })
    if (json === true) printJson(context.io.stdout, found)
    else for (const line of renderFacts(found)) printLine(context.io.stdout, line)
    return Exit.ok
  },
})

interface Needs {
  readonly storage: readonly string[]
  readonly cpus: readonly string[]
}

async function factsOf(context: CommandContext, host: string | undefined, asked: Needs): Promise<HostFacts> {
  const path = host === undefined ? undefined : savedFactsPath(host)
  if (path !== undefined) {
    const { readSavedFacts } = await import('../../saved-facts.ts')
    return await readSavedFacts(path)
  }
  const { signal } = context
  const agent = await context.agent()
  const needed = await needsOf(context)
  const storage = [...new Set([...asked.storage, ...needed.storage])]
  const cpus = [...new Set([...asked.cpus, ...needed.cpus])]
  // zonesd has made it of its own schema.
  if (host === undefined) return (await agent.call('host/facts', { storage, cpus }, { signal })) as HostFacts
  const question = { target: host, environment: operatorEnvironment(), zones: [], storage, cpus }
  return (await agent.call('host/survey', question, { signal })).facts
}

/** What a check of the zone that `-z` names has to know of a host. */
async function needsOf({ zone, agent, signal }: CommandContext): Promise<Needs> {
  if (zone === undefined) return { storage: [], cpus: [] }
  const { subjects } = await (await agent()).call('zone/subjects', { zones: [zone] }, { signal })
  const [subject] = subjects
  if (subject?.problem === undefined && subject !== undefined) return subject
  throw new ZoneError(`zone '${zone}': ${subject?.problem ?? 'it is not known'}`, { code: 'CONFIG_UNUSABLE' })
}
