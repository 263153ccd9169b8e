import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ZoneError } from '../errors.ts'
import type { HostFacts } from './schema.ts'

const hostFile = z.object({ schema: z.literal(1), id: z.uuid() })

/**
 * Who this host is: a random id that is made once and stays when the host is renamed, and its name.
 *
 * @param path of the host's file, such as `hostLayout().hostFile`; made if it is missing
 * @param name by default KZ_HOSTNAME, or the machine's name
 * @throws ZoneError HOST_FILE_DAMAGED; the system's error if the file can be neither read nor made
 */
export async function hostIdentity(
  path: string,
  name = process.env['KZ_HOSTNAME'] || hostname(),
): Promise<HostFacts['host']> {
  const id = (await readId(path)) ?? (await makeId(path)) ?? (await readId(path))
  if (id === undefined) throw damaged(path, 'it vanished')
  return { id, name }
}

async function readId(path: string): Promise<string | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return hostFile.parse(JSON.parse(text)).id
  } catch (error) {
    throw damaged(path, error)
  }
}

/** Makes the file with a new id, unless another process was faster: the name is given to a finished file only. */
async function makeId(path: string): Promise<string | undefined> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  const id = randomUUID()
  try {
    await writeFile(temporary, `${JSON.stringify({ schema: 1, id })}\n`, { flag: 'wx', flush: true })
    await link(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
  await using handle = await open(folder, 'r')
  await handle.sync()
  return id
}

function damaged(path: string, cause: unknown): ZoneError {
  return new ZoneError(`Cannot read the host's identity: "${path}" is damaged`, {
    code: 'HOST_FILE_DAMAGED',
    remedy:
      'Restore it from a backup; if there is none, remove it while no zone runs here: the host gets a new id',
    cause,
  })
}
