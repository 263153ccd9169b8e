import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Debian's kernel for virtual machines: a small package that depends on the one with the real kernel. */
const metaPackage = 'linux-image-cloud-amd64'

export interface GuestKernel {
  /** For instance `6.1.0-56-cloud-amd64`. */
  readonly release: string
  readonly vmlinuz: string
  readonly modulesFolder: string
}

/**
 * The guest's kernel, taken from Debian and unpacked below `folder`; nothing is installed, so an ordinary user can
 * do it. Downloads only if there is no kernel yet: delete the folder to get a newer one.
 * @throws Error if apt cannot get the package
 */
export async function guestKernel(folder: string): Promise<GuestKernel> {
  await mkdir(folder, { recursive: true })
  const present = await findKernel(folder)
  if (present !== undefined) return present
  const temp = await mkdtemp(join(folder, '.download-'))
  try {
    // The system's package lists may be missing or too old: then lists of our own are fetched.
    await download(temp, []).catch(async () => {
      const own = await privateLists(temp)
      await download(temp, own)
    })
    const deb = (await readdir(temp)).find((name) => name.endsWith('.deb'))
    if (deb === undefined) throw new Error('apt-get download brought no package')
    await run('dpkg-deb', ['-x', join(temp, deb), join(temp, 'kernel')])
    // Another process may have been faster; its kernel is as good as ours.
    await rename(join(temp, 'kernel'), join(folder, 'kernel')).catch(() => access(join(folder, 'kernel')))
  } finally {
    await rm(temp, { recursive: true, force: true })
  }
  const kernel = await findKernel(folder)
  if (kernel === undefined) throw new Error(`The kernel package in "${folder}" holds no kernel`)
  return kernel
}

async function findKernel(folder: string): Promise<GuestKernel | undefined> {
  const names = await readdir(join(folder, 'kernel/boot')).catch(() => [])
  const name = names.find((entry) => entry.startsWith('vmlinuz-'))
  if (name === undefined) return undefined
  const release = name.slice('vmlinuz-'.length)
  return {
    release,
    vmlinuz: join(folder, 'kernel/boot', name),
    modulesFolder: join(folder, 'kernel/lib/modules', release),
  }
}

async function download(folder: string, options: readonly string[]): Promise<void> {
  const { stdout } = await run('apt-cache', [...options, 'depends', '--important', metaPackage])
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1]
  if (name === undefined) throw new Error(`apt knows no package "${metaPackage}"`)
  await run('apt-get', [...options, '-q', 'download', name], { cwd: folder })
}

/** Package lists in a folder of our own, with the system's sources. */
async function privateLists(folder: string): Promise<string[]> {
  const lists = join(folder, 'lists')
  const cache = join(folder, 'cache')
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(cache, 'archives/partial'), { recursive: true })
  const options = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`]
  await run('apt-get', [...options, '-q', 'update'])
  return options
}
