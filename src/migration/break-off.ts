import type { QmpConnection } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { cutWay } from './cut-way.ts'

/**
 * Breaks the stream of a post-copy off, which can go on by another one then. QEMU 7.2 cannot do that itself if the other end has closed while
 * all of its buffers were full: the thread that reads has closed the socket by then, in which the one that writes waits, until TCP has tried
 * again often enough.
 *
 * @param uri where it is sent to: that way is cut then
 */
export async function breakOff(qmp: QmpConnection, uri: string | undefined): Promise<void> {
  try {
    await qmp.execute('migrate-pause')
  } catch (error) {
    if (!(error instanceof QmpError)) throw error
    if (uri !== undefined) await cutWay(uri)
  }
}
