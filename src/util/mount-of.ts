import { open, readFile } from 'node:fs/promises'

/**
 * The mount on which a folder lies, by kind and point (`nfs4 /images`). They stay the same when the host starts again, as the
 * number of a device does not.
 *
 * @returns undefined: the folder cannot be opened, or the system does not say
 */
export async function mountOf(folder: string): Promise<string | undefined> {
  await using handle = await open(folder).catch(() => undefined)
  if (handle === undefined) return undefined
  const about = await readFile(`/proc/self/fdinfo/${handle.fd}`, 'utf8').catch(() => '')
  const id = /^mnt_id:\s*(\d+)$/m.exec(about)?.[1]
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  // See proc_pid_mountinfo(5): some optional fields stand before the hyphen.
  const found = mounts.split('\n').find((line) => line.startsWith(`${id} `))
  const [, , , , point] = found?.split(' ') ?? []
  const kind = found?.split(' - ')[1]?.split(' ')[0]
  return point === undefined || kind === undefined ? undefined : `${kind} ${point}`
}
