import { access, readFile } from 'node:fs/promises'
import { runCommand } from '../util/run-command.ts'
import type { Clock } from './platform-schema.ts'

const clocksource = '/sys/devices/system/clocksource/clocksource0/current_clocksource'
const timeoutMs = 200

/** What keeps the time of this host. */
export async function readClock(signal?: AbortSignal): Promise<Clock> {
  const [source, synchronised] = await Promise.all([readFile(clocksource, 'utf8'), isSynchronised(signal)])
  return { source: source.trim(), synchronised }
}

/**
 * Whether the kernel's clock counts as kept by a time server, by the word of timedatectl(1); null without systemd, or
 * if its answer takes too long.
 */
async function isSynchronised(signal?: AbortSignal): Promise<boolean | null> {
  try {
    await access('/run/systemd/system')
    const args = ['show', '--property=NTPSynchronized', '--value']
    const { stdout } = await runCommand('timedatectl', args, { signal, timeoutMs })
    return stdout.trim() === 'yes'
  } catch {
    signal?.throwIfAborted()
    return null
  }
}
