import type { OwnerSeen } from '../../compat/input.ts'
import { attempt } from '../../facts/attempt.ts'
import type { Fact } from '../../facts/schema.ts'
import { guestBytes } from '../../hostdata/owner-record/owner-record.ts'
import { bootOrder } from '../../vm/to-machine-spec.ts'
import type { Host } from '../host.ts'
import type { Zone } from '../zone.ts'
import { hostDataDevices } from './open-host-data.ts'
import { isOurs, readOwner } from './own.ts'

/** Whose a zone is by its boot device, for the compatibility check. Changes nothing, and never throws. */
export function seeOwner(host: Host, zone: Zone): Promise<Fact<OwnerSeen>> {
  return attempt(async () => {
    const record = await readOwner(host, zone)
    if (record === undefined) return { status: 'none', why: await whyNone(host, zone) } as const
    if (isOurs(host.identity.id, zone, record)) {
      return { status: 'ours', without: await withoutCopy(host, zone) } as const
    }
    const { owner, state, updatedAt } = record
    return { status: 'other', host: owner.name, state, updatedAt } as const
  })
}

/** Boot devices that say nothing. */
async function withoutCopy({ registry }: Host, { name, record }: Zone): Promise<number[]> {
  const order = bootOrder((await registry.contract(name)).devices)
  return order.flatMap(({ id }) => (guestBytes(record.hostData, id) === undefined ? [id] : []))
}

async function whyNone({ registry }: Host, { name }: Zone): Promise<string> {
  const devices = hostDataDevices(await registry.contract(name))
  return devices.length === 0
    ? 'Its storage cannot hold host data'
    : 'It was installed before there were host data, or on a disk that was in use up to its end'
}
