import type { MatrixHost } from '../../compat/matrix.ts'
import { savedFactsPath } from '../../compat/saved-facts-path.ts'
import type { Subject } from '../../compat/subject.ts'
import { ZoneError } from '../../errors.ts'
import { formatTargetUri, parseTargetUri } from '../../transport/target-uri.ts'
import type { Agent } from '../command.ts'
import type { CliIo } from '../io.ts'
import { operatorEnvironment } from '../operator-environment.ts'
import { readSavedFacts } from '../saved-facts.ts'
import { StatusLine } from '../status-line.ts'

/** As many conversations over ssh are begun at once; more only wait for each other. */
const atOnce = 32

export interface AskOptions {
  readonly signal: AbortSignal
  readonly agent: () => Promise<Agent>
  /** Where the progress is shown. */
  readonly io: Pick<CliIo, 'stderr'>
}

/**
 * Asks hosts, all at once, for what a check of the zones needs to know of them; a host given as `facts:FILE` is read
 * from that file. A host that cannot be asked is a part of the answer.
 *
 * @throws ZoneError for what is the operator's mistake: BAD_TARGET, FACTS_UNREADABLE; the signal's reason
 */
export async function askHosts(
  hosts: readonly string[],
  subjects: readonly Subject[],
  options: AskOptions,
): Promise<MatrixHost[]> {
  // A mistake in one of the names is told before any host is waited for.
  const asks = await Promise.all(hosts.map((host) => toAsk(host, subjects, options)))
  using status = new StatusLine(options.io.stderr)
  const show = () => status.update(() => `Asking hosts: ${answered} of ${asks.length} answered`)
  const answers: MatrixHost[] = []
  let [begun, answered] = [0, 0]
  show()
  async function work(): Promise<void> {
    for (let index = begun++; index < asks.length; index = begun++) {
      const ask = asks[index]
      if (ask !== undefined) answers[index] = await ask()
      answered += 1
      show()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return answers
}

type Ask = () => Promise<MatrixHost>

async function toAsk(host: string, subjects: readonly Subject[], options: AskOptions): Promise<Ask> {
  const path = savedFactsPath(host)
  if (path !== undefined) {
    const facts = await readSavedFacts(path)
    const { name } = facts.host
    // What has to be typed later is typed with the host.
    const target = { uri: `ssh://${name}`, facts, configurations: null }
    return async () => ({ uri: host, name, target })
  }
  const uri = parseTargetUri(host)
  return () => survey(formatTargetUri(uri), uri.host, subjects, options)
}

async function survey(
  uri: string,
  name: string,
  subjects: readonly Subject[],
  { signal, agent }: AskOptions,
): Promise<MatrixHost> {
  const unique = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())]
  const params = {
    target: uri,
    environment: operatorEnvironment(),
    zones: subjects.map((subject) => subject.name),
    storage: unique(subjects.map(({ storage }) => storage)),
    cpus: unique(subjects.map(({ cpus }) => cpus)),
  }
  try {
    const target = await (await agent()).call('host/survey', params, { signal })
    return { uri, name: target.facts.host.name, target }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ZoneError)) throw error
    const remedy = error.remedy === undefined ? '' : `; remedy: ${error.remedy}`
    return { uri, name, unreachable: `${error.message}${remedy}` }
  }
}
