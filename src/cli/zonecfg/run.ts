import { Exit, type ExitCode, ZoneError } from '../../errors.ts'
import { childrenOf, type ZoneConfig } from '../../zone/config/zone-config.ts'
import { parseExport } from '../../zone/parse-export.ts'
import { help } from '../../zone/session/help.ts'
import { runScript } from '../../zone/session/run-script.ts'
import { type Session, startSession, type World } from '../../zone/session/session.ts'
import { readArguments, usage, type ZonecfgArguments } from './arguments.ts'
import type { ConfigStore } from './config-store.ts'
import { interact } from './interactive.ts'
import { LineReader } from './line-reader.ts'
import { readScript } from './read-script.ts'
import { deferredWorld, storeWorld } from './store-world.ts'
import { printLines, showError, type ZonecfgIo } from './zonecfg-io.ts'

/**
 * The command zonecfg(8).
 *
 * @param argv without the name of the program
 * @param store where configurations are kept
 * @returns the exit code; an operator's mistake has been shown on stderr
 */
export async function runZonecfg(
  argv: readonly string[],
  io: ZonecfgIo,
  store: ConfigStore,
  signal: AbortSignal,
): Promise<ExitCode> {
  try {
    const args = readArguments(argv)
    if (!args.help) return await run(args, io, store, signal)
    printLines(io.stdout, [...usage, '', ...help(undefined)])
    return Exit.ok
  } catch (error) {
    if (signal.aborted) return Exit.interrupted
    if (!(error instanceof ZoneError)) throw error
    showError(io, error)
    return error.exit
  }
}

async function run(
  { zone, live, file, script }: ZonecfgArguments,
  io: ZonecfgIo,
  store: ConfigStore,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { session, digest } = await openSession(zone, live, store)
  const makeWorld = (confirm: World['confirm']) => storeWorld(store, io, { zone, live, digest, confirm })
  if (script === undefined && file === undefined && io.isTty) {
    return await interact(session, makeWorld, io, signal)
  }
  const text = script ?? (await readScript(file ?? '-', io.stdin))
  // A command typed by a person may ask; a command file may not.
  const confirm: World['confirm'] =
    script !== undefined && io.isTty ? (question) => ask(question, io, signal) : undefined
  const { world, flush } = deferredWorld(makeWorld(confirm), session.saved !== undefined)
  const { config } = await runScript(session, text, world)
  if (script !== undefined && showsKey(script, config)) printLines(io.stderr, keyWasShown)
  signal.throwIfAborted()
  await flush()
  return Exit.ok
}

const keyWasShown = [
  'zonecfg: the key was given as an argument, where other users can read it while the command runs; it stays in the history of the shell',
  'Use "-f FILE" or standard input for it, and change the key',
]

/** Whether the arguments of the command have the key of the zone in them. */
function showsKey(script: string, config: ZoneConfig | undefined): boolean {
  const sources = config === undefined ? [] : childrenOf(config, 'keysource')
  return sources.some(({ values: { raw, passphrase } }) =>
    [raw, passphrase].some((key) => key !== undefined && script.includes(key)),
  )
}

async function openSession(
  zone: string | undefined,
  live: boolean,
  store: ConfigStore,
): Promise<{ session: Session; digest: string | undefined }> {
  const stored = zone === undefined ? undefined : await store.load(zone, { live })
  if (live && stored === undefined) {
    throw new ZoneError(`zonecfg: zone "${zone ?? ''}" is not running, so it has no running configuration`, {
      code: 'ZONE_NOT_RUNNING',
      remedy: 'Use zonecfg without -r, or boot the zone first',
    })
  }
  const config = stored && parseExport(stored.text)
  return { session: startSession(zone, live, config), digest: stored?.digest }
}

async function ask(question: string, io: ZonecfgIo, signal: AbortSignal): Promise<boolean> {
  await using reader = new LineReader(io, () => [[], ''])
  const answer = await reader.read(question, signal)
  return /^\s*y(es)?\s*$/i.test(answer ?? '')
}
