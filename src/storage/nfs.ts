import { basename, dirname } from 'node:path'
import { ZoneError } from '../errors.ts'
import { runCommand } from '../util/run-command.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { NfsSuri } from '../zone/suri/suri.ts'
import type { StorageDriver } from './driver.ts'
import { NfsError, type NfsFile, NfsFileLeft, NfsFolder } from './nfs-client/nfs-folder.ts'
import type { RpcUser } from './nfs-client/rpc-connection.ts'
import { storageLeft } from './storage-left.ts'

const nfsPort = 2049

/** A file on an NFS share that QEMU's own client opens: nothing is mounted on the host. */
export const nfsDriver: StorageDriver<NfsSuri> = {
  async protocol(suri, _context, _name, signal) {
    requireUsualPort(suri)
    const { uid, gid } = await userOf(suri, signal)
    const server = { type: 'inet', host: suri.authority.host }
    return { node: { driver: 'nfs', server, path: suri.path, user: uid, group: gid } }
  },

  // The file is the same for whomever it is opened.
  place: ({ authority: { host }, path }) =>
    formatSuri({ scheme: 'nfs', authority: { host, port: undefined }, owner: undefined, path }),

  async look(suri, _context, signal) {
    using folder = await openFolder(suri, signal)
    const file = await findFile(folder, suri)
    if (!file.isRegular) throw new Error('it is no regular file')
    const { uid, gid } = await userOf(suri, signal)
    const isWritable = await folder.isWritable(file)
    return {
      identity: file.identity,
      ...(isWritable ? {} : { readOnly: `the server does not let user ${uid} of group ${gid} write to it` }),
    }
  },

  async placeMark(suri, _context, mark, signal) {
    await using undo = new AsyncDisposableStack()
    const folder = undo.use(await openFolder(suri, signal))
    await findFile(folder, suri)
    const name = markName(suri, mark)
    await folder.create(name, 0)
    undo.defer(() => folder.takeBack(name).catch(() => undefined))
    return undo.move()
  },

  async seesMark(suri, _context, mark, signal) {
    using folder = await openFolder(suri, signal)
    return await isThere(folder.find(markName(suri, mark)))
  },

  async create(suri, sizeBytes, _context, signal) {
    try {
      using folder = await openFolder(suri, signal)
      await folder.create(basename(suri.path), sizeBytes)
      return 'created'
    } catch (error) {
      if (error instanceof NfsError && error.isExisting) return 'existed'
      if (error instanceof NfsFileLeft) throw storageLeft(formatSuri(suri), error)
      signal.throwIfAborted()
      if (error instanceof ZoneError) throw error
      throw new ZoneError(`Cannot make "${formatSuri(suri)}": ${(error as Error).message}`, {
        code: 'STORAGE_UNREACHABLE',
        remedy: `Check that the server is up, that it exports "${dirname(suri.path)}" to this host, and that the user of the URI may write there`,
        cause: error,
      })
    }
  },

  async remove(suri, _context, signal) {
    using folder = await openFolder(suri, signal)
    await isThere(folder.remove(basename(suri.path)))
  },
}

/** Beside the file, so that nothing of the guest's is touched. */
function markName({ path }: NfsSuri, mark: Buffer): string {
  return `.${basename(path)}.kzone-${mark.toString('hex')}`
}

async function findFile(folder: NfsFolder, { path }: NfsSuri): Promise<NfsFile> {
  return folder.find(basename(path))
}

async function openFolder(suri: NfsSuri, signal: AbortSignal): Promise<NfsFolder> {
  requireUsualPort(suri)
  const user = await userOf(suri, signal)
  return NfsFolder.open(suri.authority.host, dirname(suri.path), user, signal)
}

/** @throws ZoneError SURI_UNSUPPORTED: QEMU's client asks the server's port mapper and can be told no port */
function requireUsualPort(suri: NfsSuri): void {
  const { port } = suri.authority
  if (port === undefined || port === nfsPort) return
  throw new ZoneError(`Cannot open "${formatSuri(suri)}": QEMU's NFS client cannot be told a port`, {
    code: 'SURI_UNSUPPORTED',
    remedy: `Leave ":${port}" out: the server's port mapper tells where it listens`,
  })
}

async function userOf({ owner }: NfsSuri, signal?: AbortSignal): Promise<RpcUser> {
  if (owner === undefined) return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const [uid, gid] = await Promise.all([
    idOf('passwd', 'user', owner.user, signal),
    idOf('group', 'group', owner.group, signal),
  ])
  return { uid, gid }
}

/** @throws ZoneError NO_SUCH_USER */
async function idOf(
  database: 'passwd' | 'group',
  what: string,
  name: string,
  signal?: AbortSignal,
): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name)
  const { stdout } = await runCommand('getent', [database, name], { signal }).catch(() => ({ stdout: '' }))
  const id = Number(stdout.split(':')[2] ?? Number.NaN)
  if (!Number.isNaN(id)) return id
  throw new ZoneError(`this host knows no ${what} "${name}"`, {
    code: 'NO_SUCH_USER',
    remedy: `Write the number that the NFS server knows, as in nfs://1000:1000@HOST/PATH`,
  })
}

async function isThere(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (error instanceof NfsError && error.isMissing) return false
    throw error
  }
}
