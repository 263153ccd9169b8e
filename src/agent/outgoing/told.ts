import type { Host } from '../host.ts'
import type { Progress } from '../progress.ts'
import type { Zone } from '../zone.ts'

/** Tells in the log what an operator would be told. */
export const told =
  (host: Host, { name }: Zone) =>
  (value: Progress) => {
    if (value.kind === 'line') host.log(`zone '${name}': ${value.text}`)
  }
