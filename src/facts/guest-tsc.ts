import { z } from 'zod'
import type { QmpConnection, QmpWaitOptions } from '../qmp/connection.ts'
import { cpusFastSchema } from '../qmp/schemas.ts'

/** The speed of the time-stamp counter that KVM gave to the guest, in Hz; null under TCG. */
export async function guestTscHz(qmp: QmpConnection, options: QmpWaitOptions = {}): Promise<number | null> {
  const cpus = await qmp.execute('query-cpus-fast', {}, { ...options, schema: cpusFastSchema })
  const path = cpus[0]?.['qom-path'] ?? ''
  const frequencyHz = await qmp.execute(
    'qom-get',
    { path, property: 'tsc-frequency' },
    { ...options, schema: z.number() },
  )
  return frequencyHz === 0 ? null : frequencyHz
}
