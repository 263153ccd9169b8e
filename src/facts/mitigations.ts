import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mitigations } from './platform-schema.ts'

/**
 * What the kernel does against the faults of the processor (sysfs-devices-system-cpu of the kernel's manual).
 *
 * @param folder of the kernel's answers; another one only in tests
 * @throws Error if the kernel does not tell
 */
export async function readMitigations(
  folder = '/sys/devices/system/cpu/vulnerabilities',
  cpuinfo = '/proc/cpuinfo',
): Promise<Mitigations> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error('this kernel does not tell of mitigations: it is too old')
    throw error
  })
  const [vulnerabilities, processors] = await Promise.all([
    Promise.all(names.map(async (name) => [name, (await readFile(join(folder, name), 'utf8')).trim()])),
    readFile(cpuinfo, 'utf8'),
  ])
  const microcode = /^microcode\s*:\s*(\S+)$/m.exec(processors)?.[1] ?? null
  return { microcode, vulnerabilities: Object.fromEntries(vulnerabilities) as Record<string, string> }
}
