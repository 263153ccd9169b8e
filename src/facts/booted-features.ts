import { z } from 'zod'
import { ZoneError } from '../errors.ts'
import type { QmpConnection, QmpWaitOptions } from '../qmp/connection.ts'
import { cpusFastSchema } from '../qmp/schemas.ts'
import { definedFeatures } from './cpu-features.ts'

const featureNames = z.array(z.string())

/**
 * The CPU features that a guest was really given, in alphabetical order: what its CPU is defined with, less what QEMU
 * had to leave out when it made the CPU. Two round trips, 5 ms.
 *
 * @param qmp of the guest's QEMU; asking does not disturb the guest
 * @param cpu what that QEMU was started with as `-cpu`
 * @throws QmpError, QmpClosedError, QmpTimeoutError; ZoneError NO_CPU if that QEMU has no machine
 */
export async function bootedFeatures(
  qmp: QmpConnection,
  cpu: string,
  options: QmpWaitOptions = {},
): Promise<string[]> {
  const [defined, cpus] = await Promise.all([
    definedFeatures(qmp, cpu, options),
    qmp.execute('query-cpus-fast', {}, { ...options, schema: cpusFastSchema }),
  ])
  const path = cpus[0]?.['qom-path']
  if (path === undefined) throw new ZoneError('This QEMU has no CPU', { code: 'NO_CPU' })
  const left = await qmp.execute(
    'qom-get',
    { path, property: 'unavailable-features' },
    { ...options, schema: featureNames },
  )
  return [...defined.difference(new Set(left))].toSorted()
}
