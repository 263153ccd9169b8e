import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ZoneError } from '../errors.ts'
import { QmpConnection, type QmpWaitOptions } from './connection.ts'
import { stdioTransport } from './stdio-transport.ts'

/**
 * Starts a short-lived QEMU to ask it questions; disposing the connection kills it.
 *
 * @param binary program name or path, such as `qemu-system-x86_64`
 * @param args all arguments but `-qmp`; `-machine none -nodefaults -display none -S` costs next to nothing
 * @param options.signal ends QEMU at any time, also after it has started
 * @param options.timeoutMs for each of QEMU's two first answers
 * @throws ZoneError if the program cannot be run; QmpClosedError, with what QEMU wrote to standard error, if it ends
 */
export async function startProbe(
  binary: string,
  args: readonly string[],
  { signal, timeoutMs }: QmpWaitOptions = {},
): Promise<QmpConnection> {
  signal?.throwIfAborted()
  const child = spawn(binary, [...args, '-qmp', 'stdio'], { signal, killSignal: 'SIGKILL', stdio: 'pipe' })
  const transport = stdioTransport(child)
  try {
    await once(child, 'spawn')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ZoneError(`Cannot run "${binary}" (${code ?? String(error)})`, {
      code: 'QEMU_NOT_STARTED',
      remedy: 'Install QEMU for this architecture, in Debian the package qemu-system-x86',
      cause: error,
    })
  }
  return await QmpConnection.open(transport, { signal, timeoutMs })
}
