import { readFile } from 'node:fs/promises'
import type { Tsc } from './platform-schema.ts'

/** What the processor says of its counter; at what speed it runs only KVM knows. */
export type TscKind = Omit<Tsc, 'frequencyHz'>

/** Reads the text of /proc/cpuinfo: `tsc_scale` is AMD's word, Intel has `tsc_scaling` among its flags of VMX. */
export function parseTsc(cpuinfo: string): TscKind {
  const words = (line: RegExp) => new Set(line.exec(cpuinfo)?.[1]?.split(' '))
  const flags = words(/^flags\s*: (.*)$/m)
  return {
    invariant: flags.has('constant_tsc') && flags.has('nonstop_tsc'),
    scaling: flags.has('tsc_scale') || words(/^vmx flags\s*: (.*)$/m).has('tsc_scaling'),
  }
}

export async function readTsc(): Promise<TscKind> {
  return parseTsc(await readFile('/proc/cpuinfo', 'utf8'))
}
