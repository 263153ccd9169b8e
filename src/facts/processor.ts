import { readFile } from 'node:fs/promises'
import type { Processor } from './schema.ts'

/** Fields of proc_cpuinfo(5) that name the maker and the model; other architectures than x86 have their own. */
const makers = ['vendor_id', 'CPU implementer']
const models = ['model name', 'CPU part']

/**
 * Reads the text of /proc/cpuinfo.
 *
 * @throws Error if it names no processor
 */
export function parseCpuinfo(text: string): Processor {
  const fields = text.split('\n').map((line) => line.split(':').map((part) => part.trim()))
  const first = (names: readonly string[]) =>
    fields.find(([name, value]) => names.includes(name ?? '') && value)?.[1]
  const count = fields.filter(([name]) => name === 'processor').length
  const [vendor, model] = [first(makers), first(models)]
  if (count === 0 || vendor === undefined || model === undefined)
    throw new Error('/proc/cpuinfo names no processor')
  return { vendor, model, count }
}

/** The processors of this host that are online. */
export async function readProcessor(): Promise<Processor> {
  return parseCpuinfo(await readFile('/proc/cpuinfo', 'utf8'))
}
