import { runCommand } from '../util/run-command.ts'
import { socketsTo } from './stream-sockets.ts'

const timeoutMs = 5_000

/**
 * Ends the TCP connections of this host to where memory is sent, at whatever stage they are; whoever waits for one gets an
 * error. QEMU does the handshake of TLS with its main thread, and knows no end to it: a target that says nothing more, as one
 * whose link was cut, holds up QEMU and with it the guest, and neither `migrate_cancel` nor `yank` gets through. The port is
 * of one migration alone. ss(8), `--kill`: Linux with INET_DIAG_DESTROY, which Debian has. Never throws: without it all is as it was.
 *
 * @param uri as QEMU takes it; only `tcp:` is cut
 */
export async function cutWay(uri: string): Promise<void> {
  const sockets = socketsTo(uri)
  if (sockets === undefined) return
  await runCommand('ss', ['-K', '-Htn', ...sockets], { timeoutMs }).catch(() => undefined)
}
