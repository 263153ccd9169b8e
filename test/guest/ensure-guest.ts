import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CpioEntry, cpio } from './cpio.ts'
import { kernelModules } from './kernel-modules.ts'
import { guestKernel } from './kernel-package.ts'

const cacheFolder = join(import.meta.dirname, '../../.cache/guest')
const sourceFolder = join(import.meta.dirname, 'initramfs')
const modules = ['virtio_pci', 'virtio_net', 'virtio_blk', 'button', 'evdev']

/** Where each file of `initramfs/` goes, and if it is a program. */
const files = {
  init: 'init',
  inittab: 'etc/inittab',
  'power-button': 'etc/acpi/PWRF/00000080',
  'read-count': 'bin/read-count',
  'kz-counter': 'bin/kz-counter',
  'kz-stream': 'bin/kz-stream',
  'kz-disk': 'bin/kz-disk',
  'kz-dirty': 'bin/kz-dirty',
  'kz-console': 'bin/kz-console',
} as const

const folders = [
  'bin',
  'dev',
  'etc',
  'etc/acpi',
  'etc/acpi/PWRF',
  'lib',
  'lib/modules',
  'proc',
  'run',
  'sys',
  'tmp',
]

// What our scripts use, and what a person at the console misses soonest.
const applets =
  'acpid cat cp date dd df dmesg free grep hexdump hostname id init insmod ip kill less ls lsmod md5sum mkdir ' +
  'mkfifo mount nc ping poweroff printf ps reboot rm sh sleep sync tail top umount uname uptime usleep vi'

export interface Guest {
  /** Path of the kernel image. */
  readonly kernel: string
  /** Path of the initial RAM file system. */
  readonly initrd: string
}

/**
 * A tiny real Linux guest: Debian's cloud kernel and a root file system of busybox in memory. Built once and kept in
 * `.cache/guest`; built anew when a script in `initramfs/`, busybox or the kernel changes.
 * @throws Error if the kernel cannot be downloaded or busybox-static is not installed
 */
export async function ensureGuest(): Promise<Guest> {
  const kernel = await guestKernel(cacheFolder)
  const sources = await Promise.all(
    Object.entries(files).map(async ([name, path]) => ({
      path,
      data: await readFile(join(sourceFolder, name)),
      executable: name !== 'inittab',
    })),
  )
  const busybox = await staticBusybox()
  const hash = createHash('sha256').update(`${kernel.release} ${modules.join()} ${applets} ${folders.join()}`)
  for (const { path, data } of sources) hash.update(path).update(data)
  const initrd = join(cacheFolder, `initrd-${hash.update(busybox).digest('hex').slice(0, 16)}.cpio`)
  const isBuilt = await access(initrd).then(
    () => true,
    () => false,
  )
  if (!isBuilt) {
    const loadable = await kernelModules(kernel.modulesFolder, modules)
    const entries: CpioEntry[] = [
      ...folders.map((path) => ({ path, folder: true }) as const),
      { path: 'bin/busybox', data: busybox, executable: true },
      ...applets.split(' ').map((name) => ({ path: `bin/${name}`, link: 'busybox' })),
      ...sources,
      ...loadable.map(({ name, data }) => ({ path: `lib/modules/${name}.ko`, data })),
      { path: 'lib/modules/order', data: Buffer.from(loadable.map(({ name }) => `${name}.ko\n`).join('')) },
    ]
    await mkdir(cacheFolder, { recursive: true })
    await writeFile(`${initrd}.${process.pid}`, cpio(entries))
    await rename(`${initrd}.${process.pid}`, initrd)
  }
  return { kernel: kernel.vmlinuz, initrd }
}

async function staticBusybox(): Promise<Buffer> {
  const busybox = await readFile('/bin/busybox').catch(() => undefined)
  if (busybox === undefined) throw new Error('No /bin/busybox: install the Debian package busybox-static')
  // A dynamically linked program names its loader, which the guest does not have.
  if (busybox.subarray(0, 4096).includes('/ld-linux')) {
    throw new Error('/bin/busybox is dynamically linked: install the Debian package busybox-static')
  }
  return busybox
}
