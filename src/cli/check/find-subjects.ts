import { savedFactsPath } from '../../compat/saved-facts-path.ts'
import type { Source, Subject } from '../../compat/subject.ts'
import type { HostFacts } from '../../facts/schema.ts'
import type { CommandContext } from '../command.ts'
import { readSavedFacts } from '../saved-facts.ts'
import { usageError } from '../usage-error.ts'
import { type ConfigFile, plannedSubject, readConfigFile } from './planned-subject.ts'

/** Zones, and the host on which they are. */
export interface Subjects {
  readonly source: Source
  readonly subjects: readonly Subject[]
}

/** What the command line says of the zones that are to move. */
export interface Wanted {
  readonly zones: readonly string[]
  readonly all: boolean
  /** Configurations in files, in place of zones of this host. */
  readonly files: readonly string[] | undefined
  /** `facts:FILE` of the host where those are; undefined: this host. */
  readonly place: string | undefined
}

/**
 * Finds the zones that are to be judged: those of this host, or those of which there is a configuration in a file.
 *
 * @throws ZoneError USAGE, NO_SUCH_ZONE, CONFIG_UNREADABLE, FACTS_UNREADABLE, those of the zonecfg language
 */
export async function findSubjects(
  context: Pick<CommandContext, 'agent' | 'signal'>,
  { zones, all, files, place }: Wanted,
): Promise<Subjects> {
  if (files !== undefined) {
    if (all) throw usageError('-f and --all-zones cannot be given together')
    return await fromFiles(context, files, zones, place)
  }
  if (place !== undefined) throw usageError('--source goes with -f')
  if (zones.length > 0 === all) throw usageError('name zones with -z, or take all with --all-zones')
  const { agent, signal } = context
  const params = { zones: all ? null : [...new Set(zones)] }
  const { source, subjects } = await (await agent()).call('zone/subjects', params, { signal })
  // A zone that is only configured has nothing yet that could move.
  const wanted = all ? subjects.filter(({ state }) => state !== 'configured') : subjects
  return { source: { facts: source, isSaved: false }, subjects: wanted }
}

async function fromFiles(
  context: Pick<CommandContext, 'agent' | 'signal'>,
  paths: readonly string[],
  names: readonly string[],
  place: string | undefined,
): Promise<Subjects> {
  if (names.length > 1 || (names.length === 1 && paths.length > 1)) {
    throw usageError('with several -f the zones are called like the files: leave -z out')
  }
  const files = await Promise.all(paths.map((path) => readConfigFile(path, names[0])))
  const source = await sourceOf(context, files, place)
  return { source, subjects: files.map((file) => plannedSubject(file, source.facts)) }
}

async function sourceOf(
  { agent, signal }: Pick<CommandContext, 'agent' | 'signal'>,
  files: readonly ConfigFile[],
  place: string | undefined,
): Promise<Source> {
  if (place !== undefined) {
    const path = savedFactsPath(place)
    if (path === undefined)
      throw usageError('--source takes facts:FILE; zones of another host are checked there')
    return { facts: await readSavedFacts(path), isSaved: true }
  }
  const needed = files.map(({ needs }) => needs)
  const params = {
    storage: [...new Set(needed.flatMap(({ storage }) => storage))],
    cpus: [...new Set(needed.flatMap(({ cpus }) => cpus))],
  }
  // zonesd has made it of its own schema.
  const facts = (await (await agent()).call('host/facts', params, { signal })) as HostFacts
  return { facts, isSaved: false }
}
