import { randomBytes } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZoneError } from '../../errors.ts'
import { atomicWrite } from '../../util/atomic-write.ts'
import { messageOf } from '../../util/message-of.ts'
import type { World } from '../../zone/session/session.ts'
import type { ConfigStore } from './config-store.ts'
import { readScript } from './read-script.ts'
import { printLines, type ZonecfgIo } from './zonecfg-io.ts'

interface Options {
  readonly zone: string | undefined
  readonly live: boolean
  /** Digest of the configuration that the session began with. */
  readonly digest: string | undefined
  readonly confirm: World['confirm']
}

/** The world of an interactive session: everything happens at once. */
export function storeWorld(
  store: ConfigStore,
  io: ZonecfgIo,
  { zone, live, digest, confirm }: Options,
): World {
  let expected = digest
  return {
    confirm,
    async save(text) {
      if (zone === undefined) throw new Error('A scratch session has nothing to save to')
      const saved = await store.save(zone, text, { expected, live })
      expected = saved.digest
      return saved.notes
    },
    async remove() {
      if (zone === undefined) throw new Error('A scratch session has nothing to remove')
      await store.remove(zone)
      expected = undefined
    },
    async template(name) {
      // The name becomes a part of a path.
      if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) return undefined
      const template = await store.template(name)
      if (template !== undefined || name.startsWith('SYS')) return template
      return (await store.load(name, { live: false }))?.text
    },
    readFile: (path) => readScript(path, io.stdin),
    async writeFile(path, text) {
      await refuseMissingFolder(path)
      await writeExport(path, text)
    },
    randomBytes: (count) => randomBytes(count),
    key: async () => (zone === undefined ? undefined : store.key?.(zone)),
    print: (...lines) => printLines(io.stdout, lines),
    warn: (...lines) => printLines(io.stderr, lines),
  }
}

/** A mistyped path is no wish for a new folder. */
async function refuseMissingFolder(path: string): Promise<void> {
  const folder = dirname(path)
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() === true) return
  throw new ZoneError(`export: cannot write "${path}": there is no folder "${folder}"`, {
    code: 'FILE_UNWRITABLE',
    remedy: `Make the folder first: mkdir -p ${folder}`,
  })
}

/** Replaces a file in one step; a device or pipe such as /dev/stdout is written to, never replaced. */
async function writeExport(path: string, text: string): Promise<void> {
  // The key of a zone is nobody else's to read.
  const mode = /^add keysource$/m.test(text) ? 0o600 : 0o644
  try {
    const existing = await stat(path).catch(() => undefined)
    if (existing === undefined || existing.isFile()) await atomicWrite(path, text, mode)
    else await writeFile(path, text)
  } catch (error) {
    const reason = messageOf(error)
    throw new ZoneError(`export: cannot write "${path}": ${reason}`, {
      code: 'FILE_UNWRITABLE',
      cause: error,
    })
  }
}

/**
 * The same world for a script: what changes something is put off until `flush()`, so that a script that fails half-way
 * has changed nothing. The configuration is replaced in one step, whatever the script did to it on the way.
 *
 * @param existed the zone has a configuration already
 */
export function deferredWorld(
  world: World,
  existed: boolean,
): { readonly world: World; readonly flush: () => Promise<void> } {
  let outcome: { readonly text: string | undefined } | undefined
  const files: (readonly [path: string, text: string])[] = []
  return {
    world: {
      ...world,
      async save(text) {
        outcome = { text }
        return []
      },
      async remove() {
        outcome = { text: undefined }
      },
      async writeFile(path, text) {
        await refuseMissingFolder(path)
        files.push([path, text])
      },
    },
    async flush() {
      if (outcome?.text !== undefined) world.print(...(await world.save(outcome.text)))
      else if (outcome !== undefined && existed) await world.remove()
      for (const [path, text] of files) await world.writeFile(path, text)
    },
  }
}
