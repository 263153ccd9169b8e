import { z } from 'zod'
import type { QmpConnection, QmpWaitOptions } from '../qmp/connection.ts'
import { QmpError } from '../qmp/qmp-errors.ts'
import { attempt } from './attempt.ts'
import { bootedFeatures } from './booted-features.ts'
import { bootedFirmware } from './booted-firmware.ts'
import { guestTscHz } from './guest-tsc.ts'
import { lockedBytes } from './locked-memory.ts'
import type { BootRecord } from './schema.ts'

const virtioStatus = z.object({ 'guest-features': z.object({ 'dev-features': z.array(z.string()) }) })

/** The part of a boot record that only the running QEMU knows. */
export interface BootedGuest
  extends Pick<BootRecord, 'cpuFeatures' | 'qemuVersion' | 'firmware' | 'tscFrequencyHz' | 'lockedBytes'> {
  /** Offloads of each NIC that QEMU could tell of, by its device's id. */
  readonly offloads: ReadonlyMap<string, string[]>
}

export interface GuestQuestion {
  /** Process of its QEMU. */
  readonly pid: number
  /** What QEMU was started with as `-cpu`. */
  readonly cpu: string
  /** Device ids of its virtio NICs. */
  readonly nics: readonly string[]
}

/**
 * What a running guest was really given, asked of its QEMU. Takes some 10 ms and does not disturb the guest.
 *
 * @throws QmpError, QmpClosedError, QmpTimeoutError; Error if the process has ended
 */
export async function bootedGuest(
  qmp: QmpConnection,
  { pid, cpu, nics }: GuestQuestion,
  options: QmpWaitOptions = {},
): Promise<BootedGuest> {
  const { major, minor, micro } = qmp.version.qemu
  const [cpuFeatures, firmware, tscFrequencyHz, locked, offloads] = await Promise.all([
    bootedFeatures(qmp, cpu, options),
    attempt(() => bootedFirmware(qmp, options)),
    guestTscHz(qmp, options),
    lockedBytes(pid),
    Promise.all(nics.map(async (id) => [id, await guestOffloads(qmp, id, options)] as const)),
  ])
  return {
    cpuFeatures,
    qemuVersion: `${major}.${minor}.${micro}`,
    firmware,
    tscFrequencyHz,
    lockedBytes: locked,
    offloads: new Map(offloads.flatMap(([id, names]) => (names === undefined ? [] : [[id, names]]))),
  }
}

/** By the names of virtio without their first words, such as `HOST_TSO4`; undefined if this QEMU cannot tell. */
async function guestOffloads(
  qmp: QmpConnection,
  id: string,
  options: QmpWaitOptions,
): Promise<string[] | undefined> {
  try {
    const status = await qmp.execute(
      'x-query-virtio-status',
      { path: `/machine/peripheral/${id}/virtio-backend` },
      { ...options, schema: virtioStatus },
    )
    const names = status['guest-features']['dev-features'].map((line) => offload.exec(line)?.[1])
    return names.filter((name) => name !== undefined).toSorted()
  } catch (error) {
    if (error instanceof QmpError) return undefined
    throw error
  }
}

const offload = /^VIRTIO_NET_F_((?:GUEST|HOST)_(?:TSO4|TSO6|ECN|UFO|USO4|USO6|USO))\b/
