import { runCommand } from '../util/run-command.ts'
import type { Host } from './host.ts'

/**
 * Sees to it that neither zonesd nor what it starts leaves a core file: one would hold the keys of zones, or the memory of a
 * guest. The limit is passed on to children, and none of them can raise it. Never throws.
 */
export async function forbidCoreFiles({ log }: Pick<Host, 'log'>): Promise<void> {
  await runCommand('prlimit', ['--pid', `${process.pid}`, '--core=0:0']).catch((error: Error) =>
    log(`if zonesd or a machine crashes, it can leave a core file with keys in it: ${error.message}`),
  )
}
