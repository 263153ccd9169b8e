import { execFile } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const folder = join(import.meta.dirname, '../../.cache/qemu-10')
const packages = ['qemu-system-x86', 'qemu-system-common', 'qemu-system-data', 'qemu-block-extra']
const suite = 'bookworm-backports'

const sources = `Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates ${suite}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

/** Runs the unpacked QEMU with its own modules and data; firmware comes from the package seabios, as for the other one. */
const wrapper = `#!/bin/sh
root=$(dirname "$0")/root/usr
QEMU_MODULE_DIR=$root/lib/x86_64-linux-gnu/qemu
export QEMU_MODULE_DIR
exec "$root/bin/qemu-system-x86_64" -L "$root/share/qemu" -L /usr/share/seabios "$@"
`

/**
 * A second QEMU beside the installed one: 10.0 of Debian's backports, fetched once into `.cache/qemu-10` and unpacked there;
 * nothing is installed. Delete the folder to get a newer one.
 *
 * @returns the path to start it by
 * @throws Error if apt cannot get the packages, which it can on Debian 12 only
 */
export async function ensureQemu10(): Promise<string> {
  const binary = join(folder, 'qemu-system-x86_64')
  if (await isThere(binary)) return binary
  await mkdir(folder, { recursive: true })
  const temp = await mkdtemp(join(folder, '.download-'))
  try {
    await fetchPackages(temp)
    const root = join(temp, 'root')
    const debs = (await readdir(temp)).filter((name) => name.endsWith('.deb'))
    for (const deb of debs) await run('dpkg-deb', ['-x', join(temp, deb), root])
    // Another process may have been faster; its files are as good as ours.
    await rename(root, join(folder, 'root')).catch(() => access(join(folder, 'root')))
    // Last, and whole: whoever sees it can use it.
    await writeFile(join(temp, 'wrapper'), wrapper)
    await chmod(join(temp, 'wrapper'), 0o755)
    await rename(join(temp, 'wrapper'), binary)
  } finally {
    await rm(temp, { recursive: true, force: true })
  }
  await run(binary, ['-version'])
  return binary
}

/** With sources and package lists of our own: those of the system stay as they are. */
async function fetchPackages(temp: string): Promise<void> {
  const inTemp = (name: string) => join(temp, name)
  await Promise.all(
    ['lists/partial', 'cache/archives/partial', 'sources'].map((name) =>
      mkdir(inTemp(name), { recursive: true }),
    ),
  )
  await writeFile(inTemp('sources/backports.sources'), sources)
  const options = [
    `Dir::State::Lists=${inTemp('lists')}`,
    `Dir::Cache=${inTemp('cache')}`,
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${inTemp('sources')}`,
  ].flatMap((option) => ['-o', option])
  await run('apt-get', [...options, '-q', 'update'])
  await run('apt-get', [...options, '-q', '-t', suite, 'download', ...packages], { cwd: temp })
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
